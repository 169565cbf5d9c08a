import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { FilesystemStore } from '#artifacts/filesystem-store';
import { PackageStore } from '#artifacts/package-store';
import type { TrainingFailed } from '#contracts/events/training';
import type { Run } from '#contracts/http/runs';
import { EventProducer } from '#kafka/produce/producer';
import { WORKER_LOCK_SPACE } from '../../apps/trainer/storage/worker-lock.js';
import { freePort } from '../../deploy/local/ports.js';
import { until } from '../../deploy/local/until.js';
import { Asker, addTasks, EventLog, endOf, runOf } from '../e2e/trainer-world.js';
import { useStack } from '../stack/use-stack.js';
import { Recovery } from './recovery.js';
import { ServiceProcess } from './service-process.js';

const folder = mkdtempSync(join(tmpdir(), 'ratchet-training-faults-'));
const models = join(folder, 'models');
const artifacts = join(folder, 'artifacts');
for (const path of [models, artifacts]) mkdirSync(path);

/** A small disk for the artifact store. Needs the right to mount; without it the test of the full disk is left out. */
const ownDisk = mounted('-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', artifacts);
function mounted(...args: string[]): boolean {
  try {
    execFileSync('mount', args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Nothing is trained unless a test asks for it. */
const TRAINER = {
  TRAINING_THREADS: '2',
  MODELS_DIR: models,
  ARTIFACTS_URL: pathToFileURL(artifacts).href,
  SCHEDULE_POLL_MS: '3600000',
};
const stack = useStack('training-faults', { services: ['trainer'], env: { trainer: TRAINER } });
let events: EventLog;
let asker: Asker;
let producer: EventProducer;

beforeAll(async () => {
  if (!ownDisk) process.stderr.write('Not allowed to mount a small disk, so a FULL DISK IS NOT TESTED here.\n');
  events = await EventLog.open(stack(), ['model.trained', 'training.failed', 'training.cancelled']);
  producer = new EventProducer({ kafka: stack().kafka, source: 'test', logger: stack().logger });
  asker = new Asker(stack());
});
afterAll(async () => {
  await asker?.close();
  await producer?.disconnect();
  await events?.stop();
  if (ownDisk) execFileSync('umount', ['--lazy', artifacts]);
  rmSync(folder, { recursive: true, force: true });
});

/** Writes a definition; it counts from the next run on. */
function define(model: string, changes: Record<string, unknown> = {}): void {
  const definition = {
    name: model,
    kind: 'action-outcome',
    actions: ['comment', 'profile', 'forum', 'guest'],
    features: [
      { name: 'da', kind: 'numeric' },
      { name: 'site_type', kind: 'categorical' },
    ],
    hyper_parameters: { rounds: 20, max_depth: 4 },
    schedule: '',
    ...changes,
  };
  writeFileSync(join(models, `${model}.yaml`), stringify(definition));
}

/** Rounds that nobody has the patience for. */
const ENDLESS = { hyper_parameters: { rounds: 100_000, max_depth: 4 }, early_stopping_rounds: 0 };

/** A model of its own with rows, whose first training nobody waits for. */
async function modelWithRows(model: string, changes: Record<string, unknown> = {}): Promise<void> {
  define(model, changes);
  await addTasks(stack(), 1, 2000, model);
}

/** What was told of a failed run; checks that nothing else came of it. */
async function failureOf(run: Run): Promise<TrainingFailed> {
  expect(run).toMatchObject({ state: 'failed', digest: null });
  const told = await until('the failure to be told', () =>
    events.of('training.failed').find(({ request_id }) => request_id === run.request_id),
  );
  expect(told).toMatchObject({ reason: run.failure, remedy: run.remedy });
  expect(told.remedy).toMatch(/^[A-Z].*[a-z)]\.$/s);
  expect(events.of('training.failed').filter(({ request_id }) => request_id === run.request_id)).toHaveLength(1);
  expect(events.of('model.trained').some(({ request_id }) => request_id === run.request_id)).toBe(false);
  return told;
}

/** A whole package, told of once. */
async function expectTrained(run: Run): Promise<void> {
  expect(run).toMatchObject({ state: 'done', failure: null });
  const files = await new PackageStore(new FilesystemStore(pathToFileURL(artifacts))).read(run.digest ?? '');
  expect([...files.keys()]).toEqual(expect.arrayContaining(['manifest.json', 'golden.json']));
  await until('the model to be told of', () =>
    events.of('model.trained').some(({ request_id }) => request_id === run.request_id),
  );
}

/** The training process of the trainer. */
async function childOfTrainer(): Promise<number> {
  const { pid } = stack().child('trainer');
  return until('the training process', () => {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
    return children.map(Number).find((child) => readFileSync(`/proc/${child}/cmdline`, 'utf8').includes('child.js'));
  });
}

/** Ended, or waiting for whoever has to take note of it. */
function isGone(pid: number): boolean {
  try {
    return /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return true;
  }
}

const underWay = (request: string, attempts = 1) =>
  until(
    'training to be under way',
    async () => {
      const [row] = await stack().query(
        `select 1 from training.runs where request_id = $1 and stage = 'train' and state = 'running' and attempts = $2`,
        [request, attempts],
      );
      return row;
    },
    { everyMs: 20, deadlineMs: 120_000 },
  );

describe('a process that dies', () => {
  it('SIGKILL of the training process fails the run, and the next one works', async () => {
    await modelWithRows('child-dies', ENDLESS);
    const request = await asker.ask({ model: 'child-dies' });
    await underWay(request);
    process.kill(await childOfTrainer(), 'SIGKILL');
    const told = await failureOf(await endOf(stack(), request));
    expect(told).toMatchObject({ stage: 'train', reason: expect.stringContaining('SIGKILL') });
    expect(told.remedy).toContain('train again');
    expect(readdirSync(join(stack().home, 'training'))).toEqual([]);

    define('child-dies');
    await expectTrained(await asker.train({ model: 'child-dies' }));
  });

  it('SIGKILL of the trainer takes its training process along; the second time fails the run, and the next one works', async () => {
    await modelWithRows('trainer-dies', ENDLESS);
    const request = await asker.ask({ model: 'trainer-dies' });
    for (const attempt of [1, 2]) {
      await underWay(request, attempt);
      const child = await childOfTrainer();
      await stack().crash('trainer');
      await until('the training process to be gone', () => isGone(child));
    }
    const told = await failureOf(await endOf(stack(), request));
    expect(told.reason).toContain('The trainer died 2 times');

    define('trainer-dies');
    await expectTrained(await asker.train({ model: 'trainer-dies' }));
  });
});

describe('a trainer that stands still', () => {
  it('loses its run to another one within 30 s, and gives up its own attempt when it goes on', async () => {
    await modelWithRows('stands-still', ENDLESS);
    const other = new ServiceProcess(stack(), 'trainer', await freePort(), TRAINER);
    const request = await asker.ask({ model: 'stands-still' });
    await underWay(request);
    const child = await childOfTrainer();
    await other.start();
    define('stands-still');
    stack().kill('trainer', 'SIGSTOP');
    const recovery = new Recovery('one of two trainers stands still in the midst of a run');
    try {
      const again = async (): Promise<boolean> => {
        const [row] = await stack().query('select attempts from training.runs where request_id = $1', [request]);
        return row?.attempts === 2;
      };
      await recovery.within(again);
      await expectTrained(await endOf(stack(), request));
    } finally {
      stack().kill('trainer', 'SIGCONT');
    }
    await until('the training process to be gone', () => isGone(child));
    await until('its files to be gone', () => readdirSync(join(stack().home, 'training')).length === 0);
    await other.kill('SIGTERM');
    await expectTrained(await asker.train({ model: 'stands-still' }));
    expect(events.of('model.trained').filter(({ request_id }) => request_id === request)).toHaveLength(1);
  });
});

/** Asks for the end of a run, as the registry does. */
async function cancel(model: string, run_id: string, actor = 'anna'): Promise<void> {
  const command = { run_id, model, actor, reason: 'asked for by mistake', requested_at: new Date().toISOString() };
  await producer.publish('training.cancel-requested', command);
}

const queuedRun = (request: string): Promise<Run> => until('the run to be queued', () => runOf(stack(), request));

const cancellationsOf = (run: Run) => events.of('training.cancelled').filter(({ run_id }) => run_id === run.run_id);

/** A training that hangs in its native library: nothing but SIGKILL ends it. */
async function hang(): Promise<number> {
  const child = await childOfTrainer();
  process.kill(child, 'SIGSTOP');
  return child;
}

describe('a run that does not end', () => {
  it('is killed at its deadline though it hangs, and the next one begins', async () => {
    await modelWithRows('hangs', { ...ENDLESS, training: { deadline: '10s' } });
    const request = await asker.ask({ model: 'hangs' });
    const child = await hang();
    const next = await asker.ask({ model: 'hangs' });
    await queuedRun(next);
    define('hangs');
    const told = await failureOf(await endOf(stack(), request));
    expect(told.reason).toBe('The training of "hangs" was ended: it had taken the 10 s that it may take.');
    expect(told.remedy).toContain('training.deadline');
    await until('the training process to be gone', () => isGone(child));
    await expectTrained(await endOf(stack(), next));
  });

  it('is cancelled though it hangs, once though two people ask twice, and those behind it go on', async () => {
    await modelWithRows('cancelled', ENDLESS);
    const request = await asker.ask({ model: 'cancelled' });
    await underWay(request);
    const child = await hang();
    // The one that waits is taken out of the queue, the one behind it is trained.
    const [waits, next] = [await asker.ask({ model: 'cancelled' }), await asker.ask({ model: 'cancelled' })];
    const waiting = await queuedRun(waits);
    await queuedRun(next);
    define('cancelled');
    await cancel('cancelled', waiting.run_id);
    expect(await endOf(stack(), waits)).toMatchObject({ state: 'cancelled', started_at: null });
    const { run_id } = await queuedRun(request);
    for (const actor of ['anna', 'bert', 'anna']) await cancel('cancelled', run_id, actor);
    const run = await endOf(stack(), request);
    expect(run).toMatchObject({ state: 'cancelled', message: 'cancelled by anna: asked for by mistake', digest: null });
    await until('the training process to be gone', () => isGone(child));

    const trained = await endOf(stack(), next);
    await expectTrained(trained);
    // What has ended stays as it is.
    await cancel('cancelled', trained.run_id);
    await cancel('cancelled', randomUUID());
    await expectTrained(await asker.train({ model: 'cancelled' }));
    expect(await runOf(stack(), next)).toMatchObject({ state: 'done' });
    expect(cancellationsOf(run)).toMatchObject([{ actor: 'anna', stage: 'train', request_id: request }]);
    expect(cancellationsOf(trained)).toEqual([]);
    const said = await stack().query<{ message: string }>(
      `select message from training.run_log where run_id = $1 and message like 'cancelled by%'`,
      [run_id],
    );
    expect(said).toEqual([{ message: 'cancelled by anna: asked for by mistake' }]);
  });

  it('is cancelled though its trainer is gone, or is another one that lives and does nothing', async () => {
    await modelWithRows('held', ENDLESS);
    const request = await asker.ask({ model: 'held' });
    await underWay(request);
    await stack().halt('trainer');
    const { run_id } = await queuedRun(request);
    await cancel('held', run_id);
    // Held by somebody whose lock is as good as a trainer's, and who will never come to an end.
    const holder = new pg.Client({ connectionString: stack().databaseUrl });
    await holder.connect();
    await holder.query('select pg_advisory_lock($1, 99)', [WORKER_LOCK_SPACE]);
    await stack().query(
      `update training.runs set state = 'running', owner = 99, attempts = 1, started_at = now() where run_id = $1`,
      [run_id],
    );
    define('held');
    await stack().resume('trainer');
    expect(await endOf(stack(), request)).toMatchObject({ state: 'cancelled' });
    await expectTrained(await asker.train({ model: 'held' }));
    await holder.end();
  });
});

describe.runIf(ownDisk)('a full disk under the artifact store', () => {
  it('fails the run without half a package, and the next one works', async () => {
    await modelWithRows('disk-full');
    const packages = (): string[] =>
      readdirSync(artifacts, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('index.json'));
    const before = packages();
    // All but a few pages of the disk.
    const { free } = JSON.parse(
      execFileSync('stat', ['-f', '-c', '{"free": %a, "size": %s}', artifacts], { encoding: 'utf8' }),
    );
    writeFileSync(join(artifacts, 'ballast'), Buffer.alloc((free - 4) * 4096));

    const told = await failureOf(await asker.train({ model: 'disk-full' }));
    expect(told).toMatchObject({ stage: 'package', reason: expect.stringContaining('The disk is full') });
    expect(told.remedy).toContain('Free some space');
    expect(packages()).toEqual(before);
    expect(readdirSync(join(artifacts, '.incoming'))).toEqual([]);
    expect(await stack().query(`select from training.snapshots where model = 'disk-full'`)).toEqual([]);

    rmSync(join(artifacts, 'ballast'));
    await expectTrained(await asker.train({ model: 'disk-full' }));
  });
});

describe('data and definitions that cannot be trained on', () => {
  it('an empty dataset fails the run, and the next one with rows works', async () => {
    define('no-rows');
    const told = await failureOf(await asker.train({ model: 'no-rows' }));
    expect(told.reason).toBe('There are no rows of "no-rows" to train on.');
    await addTasks(stack(), 1, 1000, 'no-rows');
    await expectTrained(await asker.train({ model: 'no-rows' }));
  });

  it('one class only fails the run, and the next one with both works', async () => {
    define('one-class', { minimum_rows: 10_000 });
    await addTasks(stack(), 1, 1000, 'one-class');
    await stack().query(`update feedback.tasks set result = 'failed' where model = 'one-class'`);
    define('one-class', { minimum_rows: 500 });
    const told = await failureOf(await asker.train({ model: 'one-class' }));
    expect(told.reason).toMatch(/Every one of the \d+ training rows of "one-class" is "failed"/);
    await addTasks(stack(), 1001, 2000, 'one-class');
    await expectTrained(await asker.train({ model: 'one-class' }));
  });

  it('a constant feature fails the run and names the setting that allows it, with which the next one works', async () => {
    await modelWithRows('constant');
    await stack().query(
      `update feedback.tasks set outcome_features = outcome_features || '{"da": 50}' where model = 'constant'`,
    );
    const told = await failureOf(await asker.train({ model: 'constant' }));
    expect(told.reason).toMatch(/The feature "da" of "constant" has the same value in all \d+ training rows/);
    expect(told.remedy).toContain('"when_constant: warn"');
    define('constant', {
      features: [
        { name: 'da', kind: 'numeric', when_constant: 'warn' },
        { name: 'site_type', kind: 'categorical' },
      ],
    });
    await expectTrained(await asker.train({ model: 'constant' }));
  });

  it('ten thousand categories fail the run and name the settings that allow them, with which the next one works', async () => {
    const withPage = (changes: Record<string, unknown>) => ({
      features: [
        { name: 'da', kind: 'numeric' },
        { name: 'site_type', kind: 'categorical' },
        { name: 'page', kind: 'categorical', ...changes },
      ],
    });
    define('categories', withPage({}));
    await addTasks(stack(), 1, 15_000, 'categories');
    await stack().query(`
      update feedback.tasks set outcome_features = outcome_features || jsonb_build_object('page', 'page ' || abs(hashtext(task_id)) % 10000)
      where model = 'categories'`);
    const told = await failureOf(await asker.train({ model: 'categories' }));
    expect(told.reason).toMatch(/The feature "page" of "categories" has \d{4} categories .* max_categories of 2000/);
    expect(told.remedy).toContain('minimum_count');
    define('categories', withPage({ max_categories: 10_000 }));
    await expectTrained(await asker.train({ model: 'categories' }));
  });

  it('a wrong definition is refused with file and line, and works once it is corrected', async () => {
    await modelWithRows('wrong-definition', { early_stopping_rounds: 'soon' });
    const told = await failureOf(await asker.train({ model: 'wrong-definition' }));
    expect(told.reason).toMatch(/wrong-definition\.yaml:\d+: early_stopping_rounds/);
    expect(told.remedy).toContain('ratchet models check');
    define('wrong-definition');
    await expectTrained(await asker.train({ model: 'wrong-definition' }));
  });

  it('an unknown backend is refused with those there are', async () => {
    await modelWithRows('unknown-backend');
    const request_id = randomUUID();
    const producer = stack().kafka.producer();
    await producer.connect();
    const value = JSON.stringify({ request_id, model: 'unknown-backend', model_type: 'deep-thought', actor: 'arthur' });
    await producer.send({ topic: 'training.requested', messages: [{ key: 'unknown-backend', value }] });
    await producer.disconnect();
    await until('the request to be answered', () => runOf(stack(), request_id));
    const told = await failureOf(await endOf(stack(), request_id));
    expect(told.reason).toContain('"deep-thought"');
    expect(told.remedy).toContain('xgboost, lightgbm, random-forest');
    await expectTrained(await asker.train({ model: 'unknown-backend' }));
  });

  it.each(['ml-random-forest', 'ml-xgboost'] as const)('no native library is needed for %s', async (model_type) => {
    const model = `portable-${model_type}`;
    define(model);
    await addTasks(stack(), 1, 500, model);
    const run = await asker.train({ model, model_type });
    expect(run).toMatchObject({ backend: model_type });
    await expectTrained(run);
  });

  it('a native library that is not there is a failure that names the portable backends', async () => {
    await modelWithRows('no-library');
    await stack().halt('trainer');
    const trainer = new ServiceProcess(stack(), 'trainer', await freePort(), {
      ...TRAINER,
      XGBOOST_LIBRARY: '/nowhere/libxgboost.so',
    });
    await trainer.start();
    const told = await failureOf(await asker.train({ model: 'no-library' }));
    expect(told.reason).toContain('/nowhere/libxgboost.so');
    await trainer.kill('SIGTERM');
    await stack().resume('trainer');
    await expectTrained(await asker.train({ model: 'no-library' }));
  });
});
