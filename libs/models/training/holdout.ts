import type { ModelDefinition } from '#contracts/model-definition';
import type { RawRow } from '#contracts/model-package';
import { splitSourceOf } from '#domain/encoding/sources';
import { membersSql, textSql } from './coercion-sql.js';
import { literal, type TrainingDatabase, urlFunction } from './duckdb.js';
import { labelSql, PARTS, partSql } from './rows-sql.js';

/** Rows that no version was ever trained on, as they were known at decision time. */
export interface HoldoutRows {
  readonly count: number;
  /** Class number of what happened, in the order of the manifest's classes. */
  readonly y: Int32Array;
  /** Number of the action that was executed, in the order of the definition's actions; 0 for a multi-class model. */
  readonly action: Int32Array;
  /** Probability with which serving chose the action; NaN where it did not choose it. */
  readonly propensity: Float64Array;
  /** Raw features, for any model's encoder. */
  readonly features: readonly RawRow[];
  /** Made only when asked for: judging needs none of them. */
  taskIds(): string[];
}

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
  const result = await database.connection.stream(`
    select y::integer, action_number::integer, propensity, features, task_id
    from (
      select task_id, propensity, features, ${y} as y, ${action} as action_number
      from read_parquet(${literal(parquet)})
      where ${partSql(key === null ? 'task_id' : `coalesce(${key}, task_id)`, definition.split)} = ${PARTS.test})
    where y is not null and action_number is not null`);
  for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
    const count = chunk.rowCount;
    const [label, executed, chance, text, task] = Array.from({ length: 5 }, (_, c) => chunk.getColumnVector(c));
    const rows = {
      count,
      y: new Int32Array(count),
      action: new Int32Array(count),
      propensity: new Float64Array(count),
      features: new Array<RawRow>(count),
      taskIds: () => Array.from({ length: count }, (_, row) => String(task?.getItem(row))),
    };
    for (let row = 0; row < count; row++) {
      rows.y[row] = Number(label?.getItem(row));
      rows.action[row] = Number(executed?.getItem(row));
      const logged = chance?.getItem(row);
      rows.propensity[row] = typeof logged === 'number' ? logged : Number.NaN;
      rows.features[row] = objectOf(text?.getItem(row));
    }
    yield rows;
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
