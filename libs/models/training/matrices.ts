import type { DuckDBVector } from '@duckdb/node-api';
import type { ModelDefinition } from '#contracts/model-definition';
import type { Encoder } from '#contracts/model-package';
import { actionsOf, encoderWidth } from '#domain/encoding/columns';
import type { ColumnMatrix } from '../native/matrix.js';
import { literal, type TrainingDatabase } from './duckdb.js';
import { PARTS } from './rows-sql.js';
import type { TypedFeature, TypedRows } from './typed-rows.js';

/** Encoded rows of one part with their class numbers. */
export interface LabelledMatrix {
  readonly matrix: ColumnMatrix;
  /** Class number of each row. */
  readonly labels: Float32Array;
}

export type MatrixPart = 'train' | 'validation';

/** One feature's number for every row: its value, its category's position, or null for missing. */
interface Step {
  /** SQL of a FLOAT. */
  readonly sql: string;
  write(value: number | null, values: Float32Array, rows: number, row: number): void;
}

/** Writes what `compileEncoder` writes, into columns. A test compares the two on random rows. */
function stepOf(encoder: Encoder, feature: TypedFeature, at: number, enumName: string): Step {
  switch (encoder.encoding) {
    case 'numeric':
    case 'boolean': {
      const missing = encoder.fill ?? Number.NaN;
      const { indicator } = encoder;
      return {
        sql: feature.column,
        write(value, values, rows, row) {
          values[at * rows + row] = value ?? missing;
          if (indicator && value === null) values[(at + 1) * rows + row] = 1;
        },
      };
    }
    case 'one-hot': {
      const unseen = encoder.categories.length;
      return {
        sql: codeSql(encoder, feature, enumName),
        write(value, values, rows, row) {
          values[(at + (value ?? unseen)) * rows + row] = 1;
        },
      };
    }
    case 'ordinal':
      return {
        sql: codeSql(encoder, feature, enumName),
        write(value, values, rows, row) {
          values[at * rows + row] = value ?? Number.NaN;
        },
      };
  }
}

/** Position of the category, their number for an unseen one, null for a missing one. */
function codeSql(encoder: Encoder & { categories: string[] }, { column }: TypedFeature, enumName: string): string {
  const unseen = encoder.categories.length;
  const known = unseen === 0 ? 'null' : `enum_code(try_cast(${column} as ${enumName}))`;
  return `case when ${column} is not null then coalesce(${known}, ${unseen})::float end`;
}

/** Encodes the training and validation parts of `typed_rows`; the test part stays out of training altogether. */
export async function readMatrices(
  database: TrainingDatabase,
  definition: ModelDefinition,
  typed: TypedRows,
  encoders: readonly Encoder[],
): Promise<Record<MatrixPart, LabelledMatrix>> {
  const steps: Step[] = [];
  let width = 0;
  for (const [i, encoder] of encoders.entries()) {
    const feature = typed.features[i];
    if (!feature) throw new RangeError(`encoder ${i} has no column`);
    const enumName = `categories_${i}`;
    if ('categories' in encoder && encoder.categories.length > 0)
      await database.run(`create type ${enumName} as enum (${encoder.categories.map(literal).join(', ')})`);
    steps.push(stepOf(encoder, feature, width, enumName));
    width += encoderWidth(encoder);
  }
  const actionAt = width;
  const hasActions = definition.kind === 'action-outcome';
  width += actionsOf(definition).length;

  const parts = {
    [PARTS.train]: allocate(typed.rows.train, width),
    [PARTS.validation]: allocate(typed.rows.validation, width),
  };
  const filled = { [PARTS.train]: 0, [PARTS.validation]: 0 };
  const result = await database.connection.stream(`
    select part::float, y::float, action::float, ${steps.map(({ sql }) => sql).join(', ')}
    from typed_rows where part < ${PARTS.test} order by n`);
  for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
    const part = chunk.getColumnVector(0);
    const y = chunk.getColumnVector(1);
    const action = chunk.getColumnVector(2);
    const vectors = steps.map((_, i) => chunk.getColumnVector(3 + i));
    for (let r = 0; r < chunk.rowCount; r++) {
      const code = numberAt(part, r) === PARTS.train ? PARTS.train : PARTS.validation;
      const { matrix, labels } = parts[code];
      const row = filled[code]++;
      labels[row] = numberAt(y, r) ?? 0;
      for (let s = 0; s < steps.length; s++) {
        const vector = vectors[s];
        if (vector) steps[s]?.write(numberAt(vector, r), matrix.values, matrix.rows, row);
      }
      if (hasActions) matrix.values[(actionAt + (numberAt(action, r) ?? 0)) * matrix.rows + row] = 1;
    }
  }
  return { train: parts[PARTS.train], validation: parts[PARTS.validation] };
}

function allocate(rows: number, columns: number): LabelledMatrix {
  return {
    matrix: { rows, columns, values: new Float32Array(rows * columns) },
    labels: new Float32Array(rows),
  };
}

function numberAt(vector: DuckDBVector, row: number): number | null {
  const value = vector.getItem(row);
  return typeof value === 'number' ? value : null;
}
