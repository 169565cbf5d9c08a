import { z } from 'zod';
import type { ModelDefinition } from '#contracts/model-definition';
import type { RawRow } from '#contracts/model-package';
import { splitSourceOf } from '#domain/encoding/sources';
import { membersSql, textSql } from './coercion-sql.js';
import { literal, type TrainingDatabase, urlFunction } from './duckdb.js';
import { labelSql, PARTS, partSql } from './rows-sql.js';

/** A row that no version was ever trained on. */
export interface HoldoutRow {
  readonly taskId: string;
  /** Class number of what happened, in the order of the manifest's classes. */
  readonly y: number;
  /** The action that was executed; null for a multi-class model. */
  readonly action: string | null;
  /** Probability with which serving chose the action; null where it did not choose it. */
  readonly propensity: number | null;
  /** The version that chose it. */
  readonly version: string | null;
  /** Raw features as known at decision time, for any model's encoder. */
  readonly features: RawRow;
}

const Row = z.tuple([
  z.string(),
  z.number(),
  z.string().nullable(),
  z.number().nullable(),
  z.string().nullable(),
  z.string(),
]);

/** The test part of a snapshot file, in the order of the task ids, a few thousand rows at a time. */
export async function* readHoldout(
  database: TrainingDatabase,
  parquet: string,
  definition: ModelDefinition,
): AsyncGenerator<HoldoutRow[]> {
  const member = (field: string): string => `${membersSql('features', [field])}[1]`;
  const source = splitSourceOf(definition);
  const value = source === null ? null : textSql(member(source.field));
  const key = source?.from === 'url' ? `${urlFunction(source.derive)}(${value})` : value;
  const { y, action } = labelSql(definition, member);
  const result = await database.connection.stream(`
    select task_id, y::double, ${definition.kind === 'action-outcome' ? 'action' : 'null::varchar'}, propensity, version, features
    from (
      select *, ${y} as y, ${action} as action_number,
        ${partSql(key === null ? 'task_id' : `coalesce(${key}, task_id)`, definition.split)} as part
      from read_parquet(${literal(parquet)}))
    where part = ${PARTS.test} and y is not null and action_number is not null
    order by task_id`);
  for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk())
    yield chunk.getRows().map((values): HoldoutRow => {
      const [taskId, label, executed, propensity, version, features] = Row.parse(values);
      return { taskId, y: label, action: executed, propensity, version, features: objectOf(features) };
    });
}

const isObject = (value: unknown): value is RawRow =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** By hand, as looking at every field of every row took longer than reading them. */
function objectOf(json: string): RawRow {
  const value: unknown = JSON.parse(json);
  if (isObject(value)) return value;
  throw new TypeError(`the features of a row are ${json.slice(0, 80)}, expected a JSON object`);
}
