import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { REPOSITORY } from '../../deploy/local/repository.js';
import { until } from '../../deploy/local/until.js';
import { useStack } from '../stack/use-stack.js';
import { pythonWith } from './python.js';

const stack = useStack('engine-clients', { services: ['feedback-ingest', 'registry', 'serving-1'] });
const run = promisify(execFile);
const TASKS = 25;

const environment = (prefix: string): NodeJS.ProcessEnv => ({
  ...process.env,
  KAFKA_BROKERS: stack().brokers,
  SERVING_URL: stack().serving[0],
  TASKS: String(TASKS),
  PREFIX: prefix,
});

/** What the dataset has of the tasks of this name, once it has them all. */
const rowsOf = (prefix: string) =>
  until('the outcomes in the dataset', async () => {
    const rows = await stack().query<{ task_id: string; action: string; success: boolean; features: unknown }>(
      'select task_id, action, success, features from feedback.training_rows where task_id like $1 order by task_id',
      [`${prefix}-%`],
    );
    return rows.length === TASKS ? rows : null;
  });

const refused = async (): Promise<number> =>
  Number((await stack().query<{ n: string }>('select count(*) as n from feedback.dead_letters'))[0]?.n);

describe('the documented engine', () => {
  it('in Python, by confluent-kafka, is understood', async () => {
    const python = await pythonWith(['confluent-kafka'], 'venv-engine');
    const { stdout } = await run(python, [join(REPOSITORY, 'clients/python/engine.py')], { env: environment('py') });
    expect(JSON.parse(stdout)).toEqual({ told: TASKS });
    const rows = await rowsOf('py');
    expect(rows[0]).toMatchObject({ action: 'forum', features: { url: 'https://forum0.example.org/t/0', da: 20 } });
    expect(new Set(rows.map(({ success }) => success))).toEqual(new Set([true, false]));
    expect(await refused()).toBe(0);
  }, 600_000);

  it('in TypeScript is understood', async () => {
    const { stdout } = await run(process.execPath, [join(REPOSITORY, 'clients/typescript/engine.mjs')], {
      env: environment('ts'),
    });
    expect(JSON.parse(stdout)).toEqual({ told: TASKS });
    expect(await rowsOf('ts')).toHaveLength(TASKS);
    expect(await refused()).toBe(0);
  });
});
