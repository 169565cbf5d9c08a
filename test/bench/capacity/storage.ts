import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../../../deploy/local/until.js';
import type { TestStack } from '../../stack/stack.js';
import { featureNames, outcome, prediction, send, type Task, tasksOf } from './messages.js';

/** Tasks are written in so many goes, so that what an update frees is used again, as it is in a table that lives. */
const GOES = 5;

/** Bytes of everything in a schema, indexes and long values included, by its table; a partition belongs to its parent. */
const TABLES = `
select coalesce(pg_partition_root(oid)::regclass, oid::regclass)::text as relation, sum(pg_total_relation_size(oid))::float8 as bytes
from pg_class where relnamespace = 'feedback'::regnamespace and relkind = 'r' group by 1`;

const EMPTY = `
truncate feedback.events, feedback.predictions, feedback.event_ids, feedback.unfolded_batches, feedback.unfolded_parts, feedback.tasks, feedback.judgements`;

async function bytesByTable(stack: TestStack): Promise<Map<string, number>> {
  const rows = await stack.query<{ relation: string; bytes: number }>(TABLES);
  return new Map(rows.map(({ relation, bytes }) => [relation.replace('feedback.', ''), bytes]));
}

/** Bytes of a topic's log segments. */
function logBytes(stack: TestStack, topic: string): number {
  const folder = join(stack.home, 'kafka-data/log');
  return readdirSync(folder)
    .filter((name) => name.slice(0, name.lastIndexOf('-')) === topic)
    .flatMap((name) => readdirSync(join(folder, name)).map((file) => join(folder, name, file)))
    .filter((file) => file.endsWith('.log'))
    .reduce((sum, file) => sum + statSync(file).size, 0);
}

async function stored(stack: TestStack, messages: number): Promise<void> {
  await until(
    `${messages} messages to be stored and folded`,
    async () => {
      const [row] = await stack.query<{ rows: number; waiting: number }>(
        `select ((select count(*) from feedback.events) + (select count(*) from feedback.predictions))::float8 as rows, (select rows from feedback.fold_lag)::float8 as waiting`,
      );
      return row?.rows === messages && row.waiting === 0;
    },
    { deadlineMs: 600_000, everyMs: 250 },
  );
  await stack.query('vacuum (analyze) feedback.tasks');
}

/** What one task leaves behind, in bytes: by table, and in the log of each topic. */
export async function measureTasks(
  stack: TestStack,
  { features, tasks, decided }: { readonly features: number; readonly tasks: number; readonly decided: boolean },
): Promise<Record<string, number>> {
  await stack.query(EMPTY);
  const before = await bytesByTable(stack);
  const logs = { outcomes: logBytes(stack, 'automation.outcomes'), predictions: logBytes(stack, 'predictions') };
  const names = featureNames(features);
  let messages = 0;
  for (let go = 0; go < GOES; go++) {
    const some: Task[] = tasksOf(`${features}-${decided}-${go}`, tasks / GOES);
    if (decided) {
      await send(stack.kafka, 'predictions', some, (task) => prediction(task, names));
      messages += some.length;
      await stored(stack, messages);
    }
    await send(stack.kafka, 'automation.outcomes', some, (task) => outcome(task, decided ? null : names));
    messages += some.length;
    await stored(stack, messages);
  }
  const after = await bytesByTable(stack);
  const each = (bytes: number): number => Math.round(bytes / tasks);
  const of = (table: string): number => each((after.get(table) ?? 0) - (before.get(table) ?? 0));
  return {
    outcome_log_bytes: each(logBytes(stack, 'automation.outcomes') - logs.outcomes),
    ...(decided ? { prediction_log_bytes: each(logBytes(stack, 'predictions') - logs.predictions) } : {}),
    event_bytes: of('events'),
    ids_bytes: of('event_ids'),
    ...(decided ? { prediction_bytes: of('predictions'), judgement_bytes: of('judgements') } : {}),
    task_bytes: of('tasks'),
  };
}
