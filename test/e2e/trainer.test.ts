import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hexOf, PackageStore } from '#artifacts/package-store';
import { Golden, Manifest, Reference } from '#contracts/model-package';
import { literal } from '#features/sql';
import { verifyGolden } from '#models/evaluators/golden';
import { loadEvaluator } from '#models/evaluators/load';
import { TrainingDatabase } from '#models/training/rows/duckdb';
import { freePort } from '../../deploy/local/ports.js';
import { serviceProgram } from '../../deploy/local/stack/services.js';
import { until } from '../../deploy/local/until.js';
import { useStack } from '../stack/use-stack.js';
import { Asker, addTasks, artifactsOf, EventLog, endOf, runOf } from './trainer-world.js';

const stack = useStack('trainer', { services: ['trainer'], env: { trainer: { TRAINING_THREADS: '2' } } });
let events: EventLog;
let asker: Asker;

beforeAll(async () => {
  events = await EventLog.open(stack(), [
    'training.requested',
    'training.progress',
    'model.trained',
    'training.failed',
  ]);
  asker = new Asker(stack());
});
afterAll(async () => {
  await asker?.close();
  await events?.stop();
});

const packageOf = async (digest: string) => {
  const files = await new PackageStore(artifactsOf(stack())).read(digest);
  const json = (name: string): unknown => JSON.parse(files.get(name)?.toString('utf8') ?? 'null');
  return {
    files,
    manifest: Manifest.parse(json('manifest.json')),
    golden: Golden.parse(json('golden.json')),
    reference: Reference.parse(json('reference.json')),
  };
};

describe('the trainer', () => {
  it('trains a model for the first time as soon as there are enough rows, without being asked', async () => {
    await addTasks(stack(), 1, 300);
    await addTasks(stack(), 301, 3000);
    const trained = await until('the first model', () => events.of('model.trained')[0], { deadlineMs: 60_000 });
    expect(trained).toMatchObject({
      model: 'backlink-outcome',
      backend: 'xgboost',
      actor: 'first-training',
      auto_deploy: true,
    });
    const run = await until('its run to be done', async () => {
      const found = await runOf(stack(), trained.request_id);
      return found?.state === 'done' ? found : null;
    });
    expect(run).toMatchObject({ digest: trained.digest, rows: trained.dataset_size, stage: 'done', progress: 1 });
    expect(await artifactsOf(stack()).has(`snapshots/${hexOf(trained.snapshot.hash)}.parquet`)).toBe(true);

    const { manifest, golden, reference, files } = await packageOf(trained.digest);
    expect(golden.cases.length).toBeGreaterThanOrEqual(30);
    expect(verifyGolden(manifest, loadEvaluator(manifest, files), golden).cases).toBe(golden.cases.length);
    expect(manifest.training_stats.val_accuracy).toBeGreaterThan(0.8);
    expect(reference.rows).toBe(manifest.training_stats.n_train);
    expect(events.of('training.requested')).toHaveLength(1);

    const stages = [...new Set(events.of('training.progress').map(({ stage }) => stage))];
    expect(stages.at(-1)).toBe('done');
    expect(stages).toEqual(expect.arrayContaining(['snapshot', 'train', 'done']));
  });

  it('gives the same digest for the same rows, and one run for one request id', async () => {
    const request_id = randomUUID();
    const first = await asker.train({ request_id });
    await asker.ask({ request_id });
    const second = await asker.train({ auto_deploy: false });
    expect(second.digest).toBe(first.digest);
    expect(second.run_id).not.toBe(first.run_id);
    expect(await stack().query('select run_id from training.runs where request_id = $1', [request_id])).toHaveLength(1);
    const told = await until('the model to be told of', () =>
      events.of('model.trained').find(({ run_id }) => run_id === second.run_id),
    );
    expect(told.auto_deploy).toBe(false);
  });

  it('copies the rows again only if one has changed, or the snapshot is gone or damaged', async () => {
    const said = async (): Promise<{ hash: string | null; how: string[] }> => {
      const { run_id, state } = await asker.train({ auto_deploy: false });
      expect(state).toBe('done');
      const [row] = await stack().query<{ snapshot_hash: string }>(
        'select snapshot_hash from training.runs where run_id = $1',
        [run_id],
      );
      const told = await until('all of its progress', () => {
        const ofRun = events.of('training.progress').filter((event) => event.run_id === run_id);
        return ofRun.some(({ stage }) => stage === 'done') ? ofRun : null;
      });
      const how = told.map(({ message }) => /^copied|^no row has changed/.exec(message)?.[0] ?? '');
      return { hash: row?.snapshot_hash ?? null, how: [...new Set(how)].filter(Boolean) };
    };
    await said();
    const before = await said();
    expect(before.how).toEqual(['no row has changed']);

    await stack().query(`update feedback.tasks set result = case result when 'failed' then 'success' else 'failed' end
      where model = 'backlink-outcome' and task_id = 'task-7'`);
    const changed = await said();
    expect(changed.how).toEqual(['copied']);
    expect(changed.hash).not.toBe(before.hash);
    expect(await said()).toEqual({ hash: changed.hash, how: ['no row has changed'] });

    await artifactsOf(stack()).remove(`snapshots/${hexOf(changed.hash ?? '')}.parquet`);
    expect(await said()).toEqual({ hash: changed.hash, how: ['copied'] });

    await artifactsOf(stack()).put(`snapshots/${hexOf(changed.hash ?? '')}.parquet`, Buffer.from('scribbled over'));
    expect(await said()).toEqual({ hash: changed.hash, how: ['copied'] });
    // What was damaged has been replaced.
    expect(await said()).toEqual({ hash: changed.hash, how: ['no row has changed'] });
  });

  it('freezes every text as it is in the database, whatever characters it holds', async () => {
    const odd = 'tab\t, "quote", back\\slash, \\n, \\N, line\nand\r\v\f\b, \u0001 日本';
    await stack().query(
      `update feedback.tasks set outcome_features = outcome_features || jsonb_build_object('note', $1::text), task_id = $1
       where model = 'backlink-outcome' and task_id = 'task-8'`,
      [odd],
    );
    const [stored] = await stack().query<{ features: string }>(
      'select features::text from feedback.training_rows where task_id = $1',
      [odd],
    );
    const { digest } = await asker.train({ auto_deploy: false });
    const { manifest } = await packageOf(digest ?? '');
    const folder = await mkdtemp(join(tmpdir(), 'ratchet-test-frozen-'));
    const database = await TrainingDatabase.open({ threads: 1, memoryMb: 256, spillDir: join(folder, 'spill') });
    try {
      const parquet = fileURLToPath(artifactsOf(stack()).uri(`snapshots/${hexOf(manifest.snapshot.hash)}.parquet`));
      const frozen = await database.rows(
        `select features from read_parquet(${literal(parquet)}) where task_id = ${literal(odd)}`,
      );
      expect(frozen).toEqual([[stored?.features]]);
    } finally {
      database.close();
      await rm(folder, { recursive: true });
    }
  });

  it.each([
    ['lightgbm', 'model.lgbm.txt'],
    ['random-forest', 'model.xgb.json'],
  ] as const)('trains %s when asked to', async (model_type, file) => {
    const run = await asker.train({ model_type });
    expect(run).toMatchObject({ state: 'done', backend: model_type });
    const { manifest, golden, files } = await packageOf(run.digest ?? '');
    expect(manifest.model.file).toBe(file);
    expect(manifest.training_stats.val_accuracy).toBeGreaterThan(0.75);
    verifyGolden(manifest, loadEvaluator(manifest, files), golden);
  });

  it('refuses a model it has no definition of, and says what there is', async () => {
    const run = await asker.train({ model: 'no-such-model' });
    expect(run).toMatchObject({ state: 'failed' });
    const told = await until('the failure to be told', () =>
      events.of('training.failed').find(({ request_id }) => request_id === run.request_id),
    );
    expect(told.reason).toContain('no model definition "no-such-model"');
    expect(told.remedy).toContain('backlink-outcome');
  });

  it('runs one training of a model at a time, in the order asked', async () => {
    const ids = [await asker.ask(), await asker.ask(), await asker.ask()];
    const runs = await Promise.all(ids.map((id) => endOf(stack(), id)));
    const [a, b, c] = runs.map(({ started_at, finished_at }) => [started_at ?? '', finished_at ?? '']);
    expect([a, b, c].flat()).toEqual([a, b, c].flat().toSorted());
  });

  it('runs a training again, once, that was under way when the trainer was killed', async () => {
    await addTasks(stack(), 3001, 30_000);
    const id = await asker.ask({ model_type: 'random-forest' });
    await until('training to be under way', async () => (await runOf(stack(), id))?.stage === 'train', { everyMs: 10 });
    await stack().crash('trainer');
    const run = await endOf(stack(), id);
    expect(run).toMatchObject({ state: 'done' });
    const [row] = await stack().query<{ attempts: number }>(
      'select attempts from training.runs where request_id = $1',
      [id],
    );
    expect(row?.attempts).toBe(2);
    await until('the model to be told of', () =>
      events.of('model.trained').some(({ request_id }) => request_id === id),
    );
    expect(events.of('model.trained').filter(({ request_id }) => request_id === id)).toHaveLength(1);
  });

  it('makes up a scheduled training that was missed, once, though two trainers look', async () => {
    const slots = `select slot from training.slots where model = 'backlink-outcome' and slot like '20%'`;
    expect(await stack().query(slots)).toEqual([]);
    await stack().halt('trainer');
    await stack().query("update training.schedules set counts_from = now() - interval '20 days'");
    const { home, brokers, databaseUrl } = stack();
    const second = serviceProgram(
      { home, brokers, databaseUrl },
      { name: 'trainer', app: 'trainer', port: await freePort() },
      { TRAINING_THREADS: '2' },
    );
    const [replica] = await Promise.all([second.start(AbortSignal.timeout(120_000)), stack().resume('trainer')]);
    try {
      const requested = await until('the training to be asked for', () =>
        events.of('training.requested').find(({ actor }) => actor === 'schedule'),
      );
      expect(await endOf(stack(), requested.request_id)).toMatchObject({ state: 'done', trigger: 'schedule' });
      // Both have looked since: a look is every two seconds, and the run took its time.
      await until('both trainers to have looked', async () => {
        const [row] = await stack().query<{ looks: number }>(
          "select count(*)::int as looks from pg_stat_activity where application_name = 'ratchet-trainer-worker' and datname = current_database()",
        );
        return row?.looks === 2;
      });
      expect(await stack().query(slots)).toHaveLength(1);
      expect(events.of('training.requested').filter(({ actor }) => actor === 'schedule')).toHaveLength(1);
      await until('the model to be told of', () =>
        events.of('model.trained').some(({ actor }) => actor === 'schedule'),
      );
      expect(events.of('model.trained').filter(({ actor }) => actor === 'schedule')).toHaveLength(1);
    } finally {
      await replica.stop();
    }
  });
});
