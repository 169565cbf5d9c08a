import { type DuckDBDataChunk, DuckDBFloatVector } from '@duckdb/node-api';
import type { ModelDefinition } from '#contracts/model-definition';
import type { Encoder } from '#contracts/model-package';
import { actionsOf, encoderWidth } from '#domain/encoding/columns';
import type { Matrix } from '../native/matrix.js';
import { literal, type TrainingDatabase } from './duckdb.js';
import { PARTS } from './rows-sql.js';
import type { TypedFeature, TypedRows } from './typed-rows.js';

/** Encoded rows of one part with their class numbers. */
export interface LabelledMatrix {
  readonly matrix: Matrix;
  /** Class number of each row. */
  readonly labels: Float32Array;
}

export type MatrixPart = 'train' | 'validation';

/** Where the rows of one chunk go in a matrix. */
interface Destination {
  readonly values: Float32Array;
  readonly columns: number;
  /** Position of the chunk's first row in `values`. */
  readonly from: number;
}

/** One feature's number for every row: its value, its category's position, or NaN for missing. */
interface Step {
  /** SQL of a FLOAT that is never null: nulls cost the reader more than anything else. */
  readonly sql: string;
  write(numbers: DuckDBFloatVector, to: Destination): void;
}

/** Writes what `compileEncoder` writes, a feature at a time. A test compares the two on random rows. */
function stepOf(encoder: Encoder, feature: TypedFeature, at: number, enumName: string): Step {
  switch (encoder.encoding) {
    case 'numeric':
    case 'boolean': {
      const missing = encoder.fill ?? Number.NaN;
      const { indicator } = encoder;
      return {
        sql: orNaN(feature.column),
        write(numbers, { values, columns, from }) {
          for (let i = 0; i < numbers.itemCount; i++) {
            const value = numberAt(numbers, i);
            const isMissing = Number.isNaN(value);
            const to = from + i * columns + at;
            values[to] = isMissing ? missing : value;
            if (indicator && isMissing) values[to + 1] = 1;
          }
        },
      };
    }
    case 'one-hot': {
      const unseen = encoder.categories.length;
      return oneHotStep(`coalesce(${codeSql(encoder, feature, enumName)}, ${unseen})`, at);
    }
    case 'ordinal':
      return {
        sql: orNaN(codeSql(encoder, feature, enumName)),
        write(numbers, { values, columns, from }) {
          for (let i = 0; i < numbers.itemCount; i++) values[from + i * columns + at] = numberAt(numbers, i);
        },
      };
  }
}

const orNaN = (sql: string): string => `coalesce(${sql}, 'NaN'::float)`;

/** @param sql of the position of the column that is 1 */
const oneHotStep = (sql: string, at: number): Step => ({
  sql: `${sql}::float`,
  write(numbers, { values, columns, from }) {
    for (let i = 0; i < numbers.itemCount; i++) values[from + i * columns + at + numberAt(numbers, i)] = 1;
  },
});

const numberAt = (numbers: DuckDBFloatVector, i: number): number => numbers.getItem(i) ?? Number.NaN;

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
  if (definition.kind === 'action-outcome') steps.push(oneHotStep('action', width));
  width += actionsOf(definition).length;
  const read = (part: MatrixPart): Promise<LabelledMatrix> =>
    readMatrix(database, steps, part, typed.rows[part], width);
  return { train: await read('train'), validation: await read('validation') };
}

async function readMatrix(
  database: TrainingDatabase,
  steps: readonly Step[],
  part: MatrixPart,
  rows: number,
  columns: number,
): Promise<LabelledMatrix> {
  const values = new Float32Array(rows * columns);
  const labels = new Float32Array(rows);
  const result = await database.connection.stream(`
    select y::float, ${steps.map(({ sql }) => sql).join(', ')} from typed_rows where part = ${PARTS[part]} order by n`);
  let from = 0;
  for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
    const column = (at: number): DuckDBFloatVector => floatColumn(chunk, at);
    const y = column(0);
    for (let i = 0; i < chunk.rowCount; i++) labels[from + i] = numberAt(y, i);
    for (const [s, step] of steps.entries()) step.write(column(1 + s), { values, columns, from: from * columns });
    from += chunk.rowCount;
  }
  return { matrix: { rows, columns, values }, labels };
}

function floatColumn(chunk: DuckDBDataChunk, at: number): DuckDBFloatVector {
  const vector = chunk.getColumnVector(at);
  if (vector instanceof DuckDBFloatVector) return vector;
  throw new TypeError(`column ${at} of the rows is ${vector.type}, expected FLOAT`);
}
