import { mkdir } from 'node:fs/promises';
import { type DuckDBConnection, DuckDBInstance, DuckDBScalarFunction, VARCHAR } from '@duckdb/node-api';
import { UrlDerivation } from '#contracts/model-definition';
import { readText } from '#features/coercion';
import { deriveFromUrl } from '#features/url';

/** Name of the SQL function that runs `deriveFromUrl` for a part. */
export const urlFunction = (part: UrlDerivation): string => `url_${part}`;

export interface DuckDBLimits {
  readonly threads: number;
  readonly memoryMb: number;
  /** Where it may put what does not fit the memory. */
  readonly spillDir: string;
}

/** An in-memory DuckDB of the caller's own. Close it when done: it gives the memory back. */
export class TrainingDatabase {
  /** Connections that nobody uses now. One answers a query at a time, and small queries do not keep all threads busy. */
  private readonly idle: DuckDBConnection[] = [];

  private constructor(
    private readonly instance: DuckDBInstance,
    readonly connection: DuckDBConnection,
  ) {}

  static async open({ threads, memoryMb, spillDir }: DuckDBLimits): Promise<TrainingDatabase> {
    await mkdir(spillDir, { recursive: true });
    const instance = await DuckDBInstance.create(':memory:', {
      threads: String(threads),
      memory_limit: `${memoryMb}MB`,
      temp_directory: spillDir,
      // Row order decides what is trained on; it must not depend on timing.
      preserve_insertion_order: 'true',
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
    });
    const connection = await instance.connect();
    for (const part of UrlDerivation.options)
      connection.registerScalarFunction(textFunction(urlFunction(part), (url) => readText(deriveFromUrl(url, part))));
    connection.registerScalarFunction(textFunction('number_text', (text) => readText(Number(text))));
    return new TrainingDatabase(instance, connection);
  }

  async limitMemory(mb: number): Promise<void> {
    await this.run(`set memory_limit = '${mb}MB'`);
  }

  async run(sql: string): Promise<void> {
    await this.connection.run(sql);
  }

  /**
   * All rows of a small result, as arrays in column order; integers beyond 2^53 lose digits. Several may be asked for at
   * once; they see what `run` has done before.
   */
  async rows(sql: string): Promise<(string | number | boolean | null)[][]> {
    const connection = this.idle.pop() ?? (await this.instance.connect());
    const result = await connection.run(sql);
    const rows = (await result.getRowsJS()).map((row) => row.map(plain));
    this.idle.push(connection);
    return rows;
  }

  /** The first row of a small result. */
  async row(sql: string): Promise<(string | number | boolean | null)[]> {
    return (await this.rows(sql))[0] ?? [];
  }

  close(): void {
    for (const connection of [this.connection, ...this.idle]) connection.closeSync();
    this.instance.closeSync();
  }
}

function plain(value: unknown): string | number | boolean | null {
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  return value === null || value === undefined ? null : String(value);
}

/** A function of libs/domain as an SQL function over text, called a few thousand values at a time. */
function textFunction(name: string, of: (text: string) => string | null): DuckDBScalarFunction {
  return DuckDBScalarFunction.create({
    name,
    parameterTypes: [VARCHAR],
    returnType: VARCHAR,
    mainFunction: (_info, input, output) => {
      const values = input.getColumnVector(0);
      for (let row = 0; row < input.rowCount; row++) {
        const value = values.getItem(row);
        output.setItem(row, typeof value === 'string' ? of(value) : null);
      }
      output.flush();
    },
  });
}
