import type { ModelDefinition } from '#contracts/model-definition';
import type { RawRow } from '#contracts/model-package';
import { splitSourceOf } from '#domain/encoding/sources';
import { membersSql, textSql } from '#features/coercion-sql';
import { literal } from '#features/sql';
import { type TrainingDatabase, urlFunction } from './duckdb.js';
import { labelSql, testPartSql } from './rows-sql.js';

/** Rows that no version was ever trained on, as they were known at decision time. */
export interface HoldoutRows {
  readonly count: number;
  /** Class number of what happened, in the order of the manifest's classes. */
  readonly y: Int32Array;
  /** Number of the action that was executed, in the order of the definition's actions; 0 for a multi-class model. */
  readonly action: Int32Array;
  /** Probability with which serving chose the action; NaN where it did not choose it. */
  readonly propensity: Float64Array;
  /** When the outcome was seen, in milliseconds since 1970. */
  readonly times: Float64Array;
  /** Raw features, for any model's encoder. */
  readonly features: readonly RawRow[];
  /** Made only when asked for: judging needs none of them. */
  taskIds(): string[];
}

/** How much DuckDB has ready before any of it is taken; from then on it reads while rows are judged. */
const READ_AHEAD = '2MB';

/** The test part of a snapshot file, a few hundred rows at a time, in the file's order, which is that of the task ids. */
export async function* readHoldout(
  database: TrainingDatabase,
  parquet: string,
  definition: ModelDefinition,
): AsyncGenerator<HoldoutRows> {
  const member = (field: string): string => `${membersSql('features', [field])}[1]`;
  const source = splitSourceOf(definition);
  const value = source === null ? null : textSql(member(source.field));
  const key = source?.from === 'url' ? `${urlFunction(source.derive)}(${value})` : value;
  const { y, action } = labelSql(definition, member);
  await database.run(`set streaming_buffer_size = '${READ_AHEAD}'`);
  const result = await database.connection.stream(`
    select (${y})::integer, (${action})::integer, propensity, features, task_id, epoch_ms(occurred_at)::double
    from read_parquet(${literal(parquet)})
    where ${testPartSql(key === null ? 'task_id' : `coalesce(${key}, task_id)`, definition.split)}`);
  // One chunk is asked for ahead, so that DuckDB works while the rows of the one before are.
  let next = result.fetchChunk();
  for (let chunk = await next; chunk && chunk.rowCount > 0; chunk = await next) {
    next = result.fetchChunk();
    // Whoever stops early must not be told of what went wrong after that.
    next.catch(() => {});
    const [label, executed, chance, text, task, seenAt] = Array.from({ length: 6 }, (_, c) => chunk.getColumnVector(c));
    // Looked at here, where there are few rows: DuckDB would look at all of them.
    const known: number[] = [];
    for (let row = 0; row < chunk.rowCount; row++)
      if (label?.getItem(row) !== null && executed?.getItem(row) !== null) known.push(row);
    const chanceOf = (row: number): number => {
      const logged = chance?.getItem(row);
      return typeof logged === 'number' ? logged : Number.NaN;
    };
    yield {
      count: known.length,
      y: Int32Array.from(known, (row) => Number(label?.getItem(row))),
      action: Int32Array.from(known, (row) => Number(executed?.getItem(row))),
      propensity: Float64Array.from(known, chanceOf),
      times: Float64Array.from(known, (row) => Number(seenAt?.getItem(row))),
      features: known.map((row) => objectOf(text?.getItem(row))),
      taskIds: () => known.map((row) => String(task?.getItem(row))),
    };
  }
}

const isObject = (value: unknown): value is RawRow =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** By hand, as looking at every field of every row took longer than reading them. */
function objectOf(json: unknown): RawRow {
  const value: unknown = typeof json === 'string' ? JSON.parse(json) : null;
  if (isObject(value)) return value;
  throw new TypeError(`the features of a row are ${String(json).slice(0, 80)}, expected a JSON object`);
}
