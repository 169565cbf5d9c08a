import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import { MIGRATIONS, migrate } from '#database/data-source';
import { REPOSITORY } from '../../deploy/local/repository.js';
import { until } from '../../deploy/local/until.js';
import { feedbackProducer, ingestedUpTo } from '../stack/feedback.js';
import { IngestProcess } from '../stack/ingest-process.js';
import { borrowDatabase } from '../stack/shared/borrow.js';
import { useStack } from '../stack/use-stack.js';
import { Recovery } from './recovery.js';

const WAITS_FOR_A_LOCK = `
select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and application_name = $1`;
/** The lock of libs/database/data-source.ts. */
const MIGRATION_LOCK = 20_260_101;

const stack = useStack('standing-still', { services: [] });
const processes: IngestProcess[] = [];

afterEach(async () => {
  for (const ingest of processes.splice(0)) {
    ingest.signal('SIGCONT');
    await ingest.end('SIGKILL');
  }
});

async function launch(name: string): Promise<IngestProcess> {
  const ingest = await IngestProcess.launch(stack(), name);
  processes.push(ingest);
  await ingest.ready();
  return ingest;
}

let tasks = 0;
async function send(count: number): Promise<void> {
  const producer = await feedbackProducer(stack());
  const outcomes = Array.from({ length: count }, () => {
    const task_id = `task-${++tasks}`;
    const outcome = { timestamp: '2026-01-04T09:12:31Z', task_id, action_attempted: 'forum', result: 'failed' };
    return { key: task_id, value: JSON.stringify(outcome) };
  });
  await producer.send('automation.outcomes', outcomes);
  await producer.close();
}

async function lockedBy(url: string, lock: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(lock);
  return client;
}

describe('a feedback-ingest that stands still in the midst of a batch', () => {
  it('holds its partitions and their offsets for less than 30 s, and stores nothing twice when it goes on', async () => {
    const frozen = await launch('frozen');
    await send(100);
    await ingestedUpTo(stack(), 'automation.outcomes');
    // It has written its batch, but for the offset.
    const offsets = await lockedBy(stack().databaseUrl, 'begin; select from feedback.offsets for update');
    await send(100);
    await until('it to wait for its offset', async () => {
      return (await stack().query(WAITS_FOR_A_LOCK, ['ratchet-feedback-ingest'])).length > 0;
    });
    frozen.signal('SIGSTOP');
    await offsets.end();
    const recovery = new Recovery('one of two feedback-ingests stands still in the midst of a batch');
    const other = await launch('other');
    await recovery.within(async () => {
      const [stored] = await stack().query('select count(*)::int as events from feedback.events');
      return stored?.events === tasks;
    });
    frozen.signal('SIGCONT');
    await frozen.ready();
    await send(100);
    await ingestedUpTo(stack(), 'automation.outcomes');
    const [counted] = await stack().query(
      'select count(*)::int as events, count(distinct task_id)::int as tasks from feedback.events',
    );
    expect(counted).toEqual({ events: tasks, tasks });
    for (const ingest of [frozen, other]) expect(await ingest.end('SIGTERM')).toBe(0);
  });
});

describe('a migration that stands still', () => {
  it('lets another one do it within 30 s, and does nothing beside it when it goes on', async () => {
    const database = await borrowDatabase('empty');
    const first = await lockedBy(database.url, `select pg_advisory_lock(${MIGRATION_LOCK})`);
    const frozen = spawn(process.execPath, [join(REPOSITORY, 'dist/libs/database/migrate.js')], {
      env: { ...process.env, DATABASE_URL: database.url },
      stdio: 'ignore',
    });
    try {
      await until('it to wait for its turn', async () => {
        const { rows } = await first.query(
          `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
        );
        return rows.length > 0;
      });
      frozen.kill('SIGSTOP');
      await first.end();
      const recovery = new Recovery('a migration stands still, and another one is started');
      let applied: string[] = [];
      const migrating = migrate(database.url).then((names) => {
        applied = names;
      });
      await recovery.within(() => applied.length > 0);
      await migrating;
      expect(applied.length).toBeGreaterThanOrEqual(MIGRATIONS.length);
      const ended = once(frozen, 'exit');
      frozen.kill('SIGCONT');
      expect(await ended).not.toEqual([0, null]);
      expect(await migrate(database.url)).toEqual([]);
    } finally {
      frozen.kill('SIGKILL');
      await database.stop();
    }
  });
});
