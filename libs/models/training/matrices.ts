import { type DuckDBDataChunk, DuckDBDoubleVector, DuckDBFloatVector } from '@duckdb/node-api';
import type { ModelDefinition } from '#contracts/model-definition';
import type { Encoder } from '#contracts/model-package';
import { actionsOf } from '#domain/encoding/columns';
import type { ChunkWriter } from '#features/encoding';
import { useEncoder } from '#features/kinds';
import { literal } from '#features/sql';
import { oneHotChunk } from '#features/writers';
import type { Matrix } from '../native/matrix.js';
import type { TrainingDatabase } from './rows/duckdb.js';
import { PARTS } from './rows/rows-sql.js';
import type { TypedRows } from './rows/typed-rows.js';

/** Encoded rows of one part with their class numbers. */
export interface LabelledMatrix {
  readonly matrix: Matrix;
  /** Class number of each row. */
  readonly labels: Float32Array;
}

/** The same with the time of each row's outcome, in milliseconds since 1970. */
export interface TimedMatrix extends LabelledMatrix {
  readonly times: Float64Array;
}

export type MatrixPart = 'train' | 'validation';

/** What writes one encoder's columns, from the column `at` on. */
export interface Step {
  readonly writer: ChunkWriter;
  readonly at: number;
  readonly columns: number;
}

/** What it takes to encode `typed_rows`. */
export interface Encoding {
  readonly steps: readonly Step[];
  /** Columns of a row. */
  readonly width: number;
}

/** Prepares the database for encoding its rows. */
export async function prepareEncoding(
  database: TrainingDatabase,
  definition: ModelDefinition,
  typed: TypedRows,
  encoders: readonly Encoder[],
): Promise<Encoding> {
  const steps: Step[] = [];
  let width = 0;
  const add = (writer: ChunkWriter, columns: number): void => {
    steps.push({ writer, at: width, columns });
    width += columns;
  };
  for (const [i, encoder] of encoders.entries()) {
    const feature = typed.features[i];
    if (!feature) throw new RangeError(`encoder ${i} has no column`);
    const { columns, enumeration, chunkWriter } = useEncoder(encoder);
    const enumName = `categories_${i}`;
    if (enumeration !== null && enumeration.length > 0)
      await database.run(`create type ${enumName} as enum (${enumeration.map(literal).join(', ')})`);
    add(chunkWriter(feature.column, enumName), columns.length);
  }
  if (definition.kind === 'action-outcome') add(oneHotChunk('action'), actionsOf(definition).length);
  return { steps, width };
}

/** Encodes the training and validation parts of `typed_rows`; the test part stays out of training altogether. */
export async function readMatrices(
  database: TrainingDatabase,
  definition: ModelDefinition,
  typed: TypedRows,
  encoders: readonly Encoder[],
): Promise<Record<MatrixPart, TimedMatrix>> {
  const { steps, width } = await prepareEncoding(database, definition, typed, encoders);
  const read = (part: MatrixPart): Promise<TimedMatrix> => readMatrix(database, steps, part, typed.rows[part], width);
  return { train: await read('train'), validation: await read('validation') };
}

/** Rows of a part from a time (milliseconds since 1970) on, a few thousand at a time, so that memory does not grow with them. */
export async function* readInChunks(
  database: TrainingDatabase,
  { steps, width: columns }: Encoding,
  part: MatrixPart,
  since: number | null = null,
): AsyncGenerator<TimedMatrix> {
  const result = await database.connection.stream(
    `${selectSql(steps, part)}${since === null ? '' : ` and seen_at >= ${since}`}`,
  );
  for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
    const rows = chunk.rowCount;
    const read = emptyMatrix(rows, columns);
    writeChunk(chunk, steps, read, 0);
    yield read;
  }
}

const emptyMatrix = (rows: number, columns: number): TimedMatrix => ({
  matrix: { rows, columns, values: new Float32Array(rows * columns) },
  labels: new Float32Array(rows),
  times: new Float64Array(rows),
});

const selectSql = (steps: readonly Step[], part: MatrixPart): string =>
  `select ${['y::float', 'seen_at', ...steps.map(({ writer }) => writer.sql)].join(', ')} from typed_rows where part = ${PARTS[part]}`;

async function readMatrix(
  database: TrainingDatabase,
  steps: readonly Step[],
  part: MatrixPart,
  rows: number,
  columns: number,
): Promise<TimedMatrix> {
  const read = emptyMatrix(rows, columns);
  const result = await database.connection.stream(`${selectSql(steps, part)} order by n`);
  let from = 0;
  for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
    writeChunk(chunk, steps, read, from);
    from += chunk.rowCount;
  }
  return read;
}

/** Writes a chunk's rows from the row `from` on. */
function writeChunk(
  chunk: DuckDBDataChunk,
  steps: readonly Step[],
  { matrix: { values, columns }, labels, times }: TimedMatrix,
  from: number,
): void {
  const y = floatColumn(chunk, 0);
  for (let i = 0; i < chunk.rowCount; i++) labels[from + i] = y.getItem(i) ?? Number.NaN;
  const at = chunk.getColumnVector(1);
  if (!(at instanceof DuckDBDoubleVector)) throw new TypeError(`the time of a row is ${at.type}, expected DOUBLE`);
  for (let i = 0; i < chunk.rowCount; i++) times[from + i] = at.getItem(i) ?? 0;
  for (const [s, { writer, at }] of steps.entries())
    writer.write(floatColumn(chunk, 2 + s), { values, columns, from: from * columns + at });
}

function floatColumn(chunk: DuckDBDataChunk, at: number): DuckDBFloatVector {
  const vector = chunk.getColumnVector(at);
  if (vector instanceof DuckDBFloatVector) return vector;
  throw new TypeError(`column ${at} of the rows is ${vector.type}, expected FLOAT`);
}
