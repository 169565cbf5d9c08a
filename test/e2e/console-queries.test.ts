import { DataSource, type EntityManager } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { AccuracyStore } from '../../apps/registry/storage/accuracy-store.js';
import { AuditStore } from '../../apps/registry/storage/audit-store.js';
import { DatasetRows } from '../../apps/registry/storage/dataset-rows.js';
import { DeploymentStore } from '../../apps/registry/storage/deployment-store.js';
import { RunStore } from '../../apps/registry/storage/run-store.js';
import { SeriesStore } from '../../apps/registry/storage/series-store.js';
import { appendToLog, LINES_KEPT } from '../../apps/trainer/storage/run-log.js';
import { seed } from '../bench/console/seed.js';
import { borrowDatabase } from '../stack/shared/borrow.js';

/** Enough rows that PostgreSQL would rather use an index than read a table whole. */
const SIZE = { versions: 40, outcomes: 20_000, audit: 5_000, days: 20 };
const MODEL = 'backlink-outcome';

interface PlanNode {
  'Relation Name'?: string | undefined;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number | undefined;
  Plans?: PlanNode[] | undefined;
}
const PlanNode: z.ZodType<PlanNode> = z.lazy(() =>
  z.object({
    'Relation Name': z.string().optional(),
    'Actual Rows': z.number(),
    'Actual Loops': z.number(),
    'Rows Removed by Filter': z.number().optional(),
    Plans: z.array(PlanNode).optional(),
  }),
);
const Explained = z.tuple([z.object({ 'QUERY PLAN': z.tuple([z.object({ Plan: PlanNode })]) })]);

/** Rows that a plan read of each table, also those that it then left out. */
function rowsRead(node: PlanNode, read = new Map<string, number>()): Map<string, number> {
  const table = node['Relation Name'];
  if (table !== undefined) {
    const rows = (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)) * node['Actual Loops'];
    read.set(table, (read.get(table) ?? 0) + rows);
  }
  for (const below of node.Plans ?? []) rowsRead(below, read);
  return read;
}

describe('what the console asks for', () => {
  let postgres: Awaited<ReturnType<typeof borrowDatabase>>;
  let source: DataSource;
  let live = '';
  let runId = '';

  beforeAll(async () => {
    postgres = await borrowDatabase('migrated');
    source = await new DataSource({ type: 'postgres', url: postgres.url, extra: { max: 2 } }).initialize();
    const history = await seed(source, MODEL, SIZE);
    live = history.versions[0]?.version ?? '';
    runId = history.runs[0]?.run_id ?? '';
  });
  afterAll(async () => {
    await source?.destroy();
    await postgres?.stop();
  });

  /** Runs the query and tells what it read. */
  async function explain(sql: string, values: unknown[]): Promise<Map<string, number>> {
    const [row] = Explained.parse(await source.query(`explain (analyze, format json) ${sql}`, values));
    return rowsRead(row['QUERY PLAN'][0].Plan);
  }

  /** What the one query that `ask` sends reads. */
  async function readBy(ask: (manager: EntityManager) => Promise<unknown>): Promise<Map<string, number>> {
    const sent: { sql: string; values: unknown[] }[] = [];
    const listening = new Proxy(source.manager, {
      get: (manager, name) =>
        name === 'query'
          ? (sql: string, values: unknown[] = []) => {
              sent.push({ sql, values });
              return manager.query(sql, values);
            }
          : Reflect.get(manager, name),
    });
    await ask(listening);
    const [only] = sent;
    if (only === undefined || sent.length > 1) throw new Error(`expected one query, got ${sent.length}`);
    return explain(only.sql, only.values);
  }

  const counted = async (): Promise<number> => {
    const [row] = await source.query<{ n: number }[]>(
      'select count(*)::int as n from feedback.training_rows where model = $1',
      [MODEL],
    );
    return row?.n ?? -1;
  };

  it('knows the size of the dataset without reading it, whoever changes it', async () => {
    const rows = new DatasetRows(source);
    expect(await rows.of(MODEL)).toBe(SIZE.outcomes);
    const changes = [
      `delete from feedback.tasks where task_id like 'task-1%'`,
      `update feedback.tasks set result = null where task_id like 'task-2%'`,
      `update feedback.tasks set result = 'failed' where task_id like 'task-21%'`,
      `update feedback.tasks set first_received_at = first_received_at - interval '3 weeks' where task_id like 'task-3%'`,
      `insert into feedback.tasks (model, task_id, event_id, kind, occurred_at, time_source, received_at, result,
        outcome_lines, shadow_lines, first_received_at)
      select 'backlink-outcome', 'new-' || i, gen_random_uuid(), 'automation', now(), 'event', now(),
        case when i % 2 = 0 then 'success' end, 1, 0, now() from generate_series(1, 100) as i
      on conflict (model, task_id) do update set result = excluded.result`,
    ];
    for (const change of changes) {
      await source.query(change);
      expect(await rows.of(MODEL), change).toBe(await counted());
    }
    const weekly = `select week::text, new_rows::int from feedback.dataset_growth where model = $1 order by week`;
    const byHand = `select date_trunc('week', first_received_at at time zone 'UTC')::date::text as week, count(*)::int as new_rows
      from feedback.tasks where model = $1 and (result is not null or label is not null) group by 1 order by 1`;
    expect(await source.query(weekly, [MODEL])).toEqual(await source.query(byHand, [MODEL]));
    const read = await explain('select * from feedback.dataset_growth where model = $1', [MODEL]);
    expect([...read.keys()]).toEqual(['dataset_weeks']);
    // A dataset that has not grown for long is not empty.
    const grown = await new SeriesStore(source).dataset(MODEL, 0);
    expect(grown.map(({ rows: all }) => all)).toEqual([await counted()]);
  });

  it('reads no more minutes of the live version than make 500 outcomes', async () => {
    const now = await new AccuracyStore().now(source.manager, MODEL, live);
    expect(now).toMatchObject({ version: live });
    expect(now?.reference).toBeCloseTo(0.62, 9);
    expect(now?.outcomes).toBeGreaterThan(400);
    const read = await readBy((manager) => new AccuracyStore().now(manager, MODEL, live));
    // One version's share of the minutes, not everybody's.
    expect(read.get('accuracy_windows')).toBeLessThanOrEqual(2_000);
  });

  it('finds by the hour what there is by the minute', async () => {
    const sum = (view: string) =>
      source.query(
        `select version, sum(outcomes)::int as outcomes, sum(correct)::int as correct, sum(failures)::int as failures
        from evaluation.${view} where model = $1 group by version order by version`,
        [MODEL],
      );
    expect(await sum('live_accuracy_hourly')).toEqual(await sum('live_accuracy'));
  });

  it('reads of the audit log only the page that is shown, wherever it is', async () => {
    for (const before of [null, 4_000, 100]) {
      const read = await readBy((manager) => new AuditStore().latest(manager, { model: MODEL, before, limit: 50 }));
      expect([...read], `before ${before}`).toEqual([['audit', 50]]);
      const more = await readBy((manager) =>
        new AuditStore().latest(manager, { model: MODEL, general: true, before, limit: 50 }),
      );
      expect(more.get('audit'), `before ${before}`).toBeLessThanOrEqual(100);
    }
  });

  it('reads of runs and deployments only those that are shown', async () => {
    const runs = await readBy((manager) => new RunStore().list(manager, MODEL, 5));
    expect(runs.get('runs')).toBe(5);
    const deployments = await readBy((manager) =>
      new DeploymentStore().list(manager, MODEL, { version: null, limit: 5 }),
    );
    expect(deployments.get('deployments')).toBeLessThanOrEqual(6);
    const first = { version: 'v1.0.0', limit: 5 };
    expect(await new DeploymentStore().list(source.manager, MODEL, first)).toMatchObject([
      { from_version: 'v1.0.0' },
      { from_version: null, to_version: 'v1.0.0' },
    ]);
  });

  it('keeps a bounded log of a run, and reads only what is new of it', async () => {
    const lines = Array.from({ length: 250 }, (_, n) => ({ level: 'info' as const, message: `line ${n}` }));
    const moment = { at: new Date().toISOString(), stage: 'train', progress: 0.5 } as const;
    await appendToLog(source.manager, runId, moment, lines);
    const log = await new RunStore().log(source.manager, runId, 0);
    expect(log).toHaveLength(LINES_KEPT);
    expect([log[0]?.line, log.at(-1)?.line]).toEqual([251, 1_250]);
    expect(log.at(-1)?.message).toBe('line 249');
    const read = await readBy((manager) => new RunStore().log(manager, runId, 1_240));
    expect(read.get('run_log')).toBe(10);
  });
});
