import { randomUUID } from 'node:crypto';
import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hexOf } from '#artifacts/package-store';
import { AccuracyDrop, DriftDetected, ModelEvaluated } from '#contracts/events/evaluation';
import { type ModelTrained, TrainingRequested } from '#contracts/events/training';
import { DEFAULT_MODEL } from '#contracts/primitives';
import { EventProducer } from '#kafka/produce/producer';
import { type Child, launch } from '../../deploy/local/processes/child.js';
import { REPOSITORY } from '../../deploy/local/repository.js';
import { serviceEnv } from '../../deploy/local/stack/services.js';
import { until } from '../../deploy/local/until.js';
import { useStack } from '../stack/use-stack.js';
import {
  makeLive,
  outcomes,
  storeJudged,
  storeSnapshot,
  storeTasks,
  trainedPackage,
  withReference,
} from './evaluator-world.js';
import { samplePackage, withWrongGolden } from './model-packages.js';
import { trained } from './registry-client.js';

const stack = useStack('evaluator', {
  services: ['evaluator'],
  env: { '*': { EVALUATOR_POLL_MS: '50', DRIFT_CHECK_SECONDS: '0.1' } },
});
let producer: EventProducer;
let snapshot: ModelTrained['snapshot'];
let reader: { disconnect(): Promise<void> };
const evaluated: ModelEvaluated[] = [];
const drops: AccuracyDrop[] = [];
const drifts: DriftDetected[] = [];
const requests: TrainingRequested[] = [];

beforeAll(async () => {
  const { kafka, logger } = stack();
  producer = new EventProducer({ kafka, source: 'test', logger });
  snapshot = await storeSnapshot(stack(), 6000);
  const consumer = kafka.consumer({ groupId: 'test-evaluator', maxWaitTimeInMs: 50 });
  await consumer.connect();
  await consumer.subscribe({
    topics: ['model.evaluated', 'model.accuracy-drop', 'data.drift-detected', 'training.requested'],
    fromBeginning: true,
  });
  await consumer.run({
    eachMessage: async ({ topic, message }) => {
      const value: unknown = JSON.parse(message.value?.toString() ?? '');
      if (topic === 'model.evaluated') evaluated.push(ModelEvaluated.parse(value));
      else if (topic === 'model.accuracy-drop') drops.push(AccuracyDrop.parse(value));
      else if (topic === 'training.requested') requests.push(TrainingRequested.parse(value));
      else drifts.push(DriftDetected.parse(value));
    },
  });
  reader = consumer;
});

afterAll(async () => {
  await reader?.disconnect();
  await producer?.disconnect();
});

const verdictOn = (run: ModelTrained) =>
  until(`a verdict on ${run.digest}`, () => evaluated.find(({ trained: of }) => of.run_id === run.run_id) ?? null);

async function judge(run: ModelTrained): Promise<ModelEvaluated> {
  await producer.publish('model.trained', run);
  return verdictOn(run);
}

const packageOf = (comment: number, forum: number) => samplePackage({ odds: [comment, forum] });
const check = (event: ModelEvaluated, name: string) => event.gate.checks.find((each) => each.check === name);

async function secondEvaluator(): Promise<Child> {
  const { home, brokers, databaseUrl } = stack();
  const env = serviceEnv({ home, brokers, databaseUrl }, 'evaluator', 0, { EVALUATOR_POLL_MS: '50' });
  return launch({
    name: 'evaluator-2',
    command: process.execPath,
    args: [`${REPOSITORY}/dist/apps/evaluator/main.js`],
    env,
    cwd: REPOSITORY,
    logFile: `${home}/logs/evaluator-2.log`,
    tier: 'service',
  });
}

describe('holdout evaluation', () => {
  it('passes a first version that beats the baseline, with every number and a report', async () => {
    const event = await judge(await trainedPackage(stack(), packageOf(1.7, -1.7), snapshot));
    expect(event.gate.verdict, event.gate.summary).toBe('pass');
    expect(event.champion).toBeNull();
    expect(event.holdout.rows).toBeGreaterThan(700);
    expect(event.challenger_metrics?.accuracy).toBeCloseTo(0.85, 1);
    expect(event.baseline_accuracy).toBeCloseTo(0.5, 1);
    expect(event.slices?.map(({ feature }) => feature)).toEqual(['action', 'action']);
    expect(check(event, 'accuracy_improvement')?.outcome).toBe('not-applicable');
    const page = await readFile(fileURLToPath(event.report_uri ?? ''), 'utf8');
    expect(page).toContain('Calibration');
    // What the page draws and what the event tells are one: the curve has the area that is told.
    const { roc = [], roc_auc: area } = event.challenger_metrics ?? {};
    expect([roc[0], roc.at(-1)]).toEqual([
      { false_alarms: 0, hits: 0 },
      { false_alarms: 1, hits: 1 },
    ]);
    const below = roc.slice(1).reduce((sum, { false_alarms: x, hits: y }, i) => {
      const last = roc[i] ?? { false_alarms: 0, hits: 0 };
      return sum + ((x - last.false_alarms) * (y + last.hits)) / 2;
    }, 0);
    expect(below).toBeCloseTo(area ?? 0, 2);
    expect(page).toContain(`ROC (area ${area?.toFixed(4)})`);
    const numbers = await readFile(fileURLToPath(event.report_uri ?? '').replace('.html', '.json'), 'utf8');
    expect(ModelEvaluated.parse(JSON.parse(numbers)).evaluation_id).toBe(event.evaluation_id);
  });

  it('passes a better one, fails a worse one, and finds an equal one inconclusive', async () => {
    const wrong = await trainedPackage(stack(), packageOf(-1.6, 1.6), snapshot);
    await makeLive(stack(), 'v1.0.0', wrong, 1);
    const better = await judge(await trainedPackage(stack(), packageOf(1.75, -1.7), snapshot));
    expect(better.gate.verdict, better.gate.summary).toBe('pass');
    expect(better.champion?.version).toBe('v1.0.0');
    expect(better.failure_rate_reduction.method).toBe('doubly-robust');
    expect(better.failure_rate_reduction.value).toBeCloseTo(1 - 0.15 / 0.85, 1);

    await makeLive(stack(), 'v1.1.0', better.trained, 2);
    const worse = await judge(await trainedPackage(stack(), packageOf(-1.7, 1.7), snapshot));
    expect(worse.gate.verdict, worse.gate.summary).toBe('fail');
    expect(worse.champion?.version).toBe('v1.1.0');
    const equal = await judge(await trainedPackage(stack(), packageOf(1.8, -1.8), snapshot));
    expect(equal.gate.verdict, equal.gate.summary).toBe('inconclusive');
  });

  it('judges what is broken as an error, and goes on', async () => {
    const missing = await judge(trained('missing', { snapshot }));
    expect(missing.gate).toMatchObject({ verdict: 'error' });
    expect(missing.gate.summary).toContain(missing.trained.digest);
    const lying = await judge(await trainedPackage(stack(), withWrongGolden(packageOf(1.2, -1.2)), snapshot));
    expect(lying.gate.summary).toMatch(/^Error: .*golden case/);
    const lost = { ...snapshot, hash: `sha256:${'ab'.repeat(32)}` };
    const nowhere = await judge(await trainedPackage(stack(), packageOf(1.3, -1.3), lost));
    expect(nowhere.gate.summary).toContain(`snapshots/${'ab'.repeat(32)}.parquet`);
    expect(nowhere.challenger_metrics).toBeNull();
    const other = { ...snapshot, hash: `sha256:${'cd'.repeat(32)}` };
    const snapshots = join(stack().home, 'artifacts/snapshots');
    await copyFile(join(snapshots, `${hexOf(snapshot.hash)}.parquet`), join(snapshots, `${hexOf(other.hash)}.parquet`));
    const scribbled = await judge(await trainedPackage(stack(), packageOf(1.35, -1.3), other));
    expect(scribbled.gate.summary).toContain(`${'cd'.repeat(32)}.parquet is damaged`);
    const fine = await judge(await trainedPackage(stack(), packageOf(1.4, -1.4), snapshot));
    expect(fine.gate.verdict).toBe('inconclusive');
  });

  it('judges a run once, however often it is told of it and whatever happens to the evaluator', async () => {
    const run = await trainedPackage(stack(), packageOf(1.5, -1.5), snapshot);
    await producer.publishMany('model.trained', [run, run]);
    await stack().crash('evaluator');
    await producer.publish('model.trained', run);
    const event = await verdictOn(run);
    const after = await judge(await trainedPackage(stack(), packageOf(1.55, -1.5), snapshot));
    expect(after.evaluation_id).not.toBe(event.evaluation_id);
    const ids = evaluated.filter((each) => each.trained.run_id === run.run_id).map((each) => each.evaluation_id);
    expect(new Set(ids).size).toBe(1);
    const rows = await stack().query('select 1 from evaluation.evaluations where run_id = $1', [run.run_id]);
    expect(rows).toHaveLength(1);
    expect(await stack().query('select 1 from evaluation.jobs')).toHaveLength(0);
  });
});

/** As after somebody's made-up one, which the registry went above: more than 32 bits. */
const GENERATION = 3_000_000_020;

describe('an evaluator that stands still', () => {
  it('loses the package it has in hand to another one, and its verdict counts once', async () => {
    const run = await trainedPackage(stack(), packageOf(1.2, -1.2), snapshot);
    // It has judged, and is about to say so.
    const verdicts = new pg.Client({ connectionString: stack().databaseUrl });
    await verdicts.connect();
    await verdicts.query('begin; lock table evaluation.evaluations in exclusive mode');
    try {
      await producer.publish('model.trained', run);
      await until('it to wait for the table', async () => {
        const waiting = await stack().query(
          `select 1 from pg_locks join pg_class on pg_class.oid = relation where relname = 'evaluations' and not granted`,
        );
        return waiting.length > 0;
      });
      stack().kill('evaluator', 'SIGSTOP');
    } finally {
      await verdicts.end();
    }
    const second = await secondEvaluator();
    try {
      await verdictOn(run);
    } finally {
      stack().kill('evaluator', 'SIGCONT');
    }
    await until('the jobs to be done', async () => (await stack().query('select 1 from evaluation.jobs')).length === 0);
    await second.stop();
    await judge(await trainedPackage(stack(), packageOf(1.3, -1.3), snapshot));
    const rows = await stack().query('select 1 from evaluation.evaluations where run_id = $1', [run.run_id]);
    expect(rows).toHaveLength(1);
    const ids = evaluated.filter(({ trained: of }) => of.run_id === run.run_id).map((each) => each.evaluation_id);
    expect(new Set(ids).size).toBe(1);
  });
});

describe('a version number that was given twice', () => {
  it('is the package that the newest desired state says, in whatever order they come', async () => {
    const [lost, now] = [`sha256:${'1'.repeat(64)}`, `sha256:${'2'.repeat(64)}`];
    const promoted = (generation: number, digest: string) =>
      producer.publish('model.promoted', {
        model: 'twice',
        generation,
        deployment_id: randomUUID(),
        cause: 'promote',
        live: { version: 'v1.0.0', digest, artifact_uri: 'file:///gone' },
        staged: null,
        canary: null,
        shadow: null,
        warm: [],
        reason: 'test',
        actor: 'test',
        issued_at: new Date().toISOString(),
        deadline_at: new Date().toISOString(),
      });
    for (const [generation, digest] of [
      [2, lost],
      [4, now],
      [3, lost],
    ] as const)
      await promoted(generation, digest);
    await until('all three to be known', async () => {
      const known = await stack().query(`select 1 from evaluation.desired_states where model = 'twice'`);
      return known.length === 3;
    });
    expect(await stack().query(`select digest from evaluation.versions where model = 'twice'`)).toEqual([
      { digest: now },
    ]);
  });
});

describe('live monitoring', () => {
  it('finds a drop once, though one evaluator is killed and another works beside it', async () => {
    const run = await trainedPackage(stack(), packageOf(2, -2), snapshot);
    await judge(run);
    await makeLive(stack(), 'v2.0.0', run, GENERATION);
    const live = { version: 'v2.0.0', digest: run.digest, artifact_uri: run.artifact_uri };
    await producer.publish('model.promoted', {
      model: DEFAULT_MODEL,
      generation: GENERATION,
      deployment_id: randomUUID(),
      cause: 'promote',
      live,
      staged: null,
      canary: null,
      shadow: null,
      warm: [],
      reason: 'test',
      actor: 'test',
      issued_at: new Date().toISOString(),
      deadline_at: new Date().toISOString(),
    });
    await until(
      'the evaluator to know the version',
      async () =>
        (await stack().query(`select 1 from evaluation.desired_states where generation = ${GENERATION}`)).length > 0,
    );
    const second = await secondEvaluator();
    try {
      const good = outcomes(3000, 0.85, 1);
      const bad = outcomes(3000, 0.6, 2, Date.UTC(2026, 0, 3));
      await storeJudged(stack(), 'v2.0.0', GENERATION, good);
      for (let i = 0; i < bad.length; i += 500) {
        await storeJudged(stack(), 'v2.0.0', GENERATION, bad.slice(i, i + 500));
        if (i === 1000) stack().kill('evaluator', 'SIGKILL');
      }
      await monitored();
      await until('the drop to be published', () => drops.length > 0);
      expect(await liveAccuracy()).toEqual({
        outcomes: 6000,
        correct: [...good, ...bad].filter(({ success }) => success).length,
      });

      // A retried task turns out otherwise: counted once, with its last result.
      const [late] = bad.filter(({ success }) => !success);
      if (!late) throw new Error('expected a failure among the bad outcomes');
      await storeJudged(stack(), 'v2.0.0', GENERATION, [{ ...late, success: true }]);
      await monitored();
      expect((await liveAccuracy()).outcomes).toBe(6000);
    } finally {
      await second.stop();
    }
    expect(drops).toHaveLength(1);
    const [drop] = drops;
    expect(drop).toMatchObject({ model: DEFAULT_MODEL, version: 'v2.0.0', generation: GENERATION });
    expect(drop?.reference_accuracy).toBeCloseTo(0.85, 1);
    expect(Date.parse(drop?.onset_at ?? '')).toBeGreaterThan(Date.UTC(2026, 0, 2, 0, 45));
    expect(await stack().query('select 1 from evaluation.episodes')).toHaveLength(1);
  });

  it('asks for a training on what came since the drop, at 500 rows and when they have doubled', async () => {
    const asked = () => requests.filter(({ trigger }) => trigger === 'accuracy-drop');
    await storeTasks(stack(), 600, -300, 100);
    await until('a training to be asked for', () => asked().length === 1);
    expect(asked()[0]).toMatchObject({ model: DEFAULT_MODEL, auto_deploy: true, actor: 'monitor' });
    expect(asked()[0]?.reason).toMatch(/600 rows have come since 2026-01-0/);
    await storeTasks(stack(), 500, -200, 100);
    await storeTasks(stack(), 200, -100, 100);
    await until('a second one', () => asked().length === 2);
    expect(asked()[1]?.reason).toMatch(/1[23]00 rows/);
  });

  it('judges by what came since the drop while it is open', async () => {
    const turned = await storeSnapshot(stack(), 7500, 1500);
    const event = await judge(await trainedPackage(stack(), packageOf(-1.65, 1.65), turned));
    expect(event.champion?.version).toBe('v2.0.0');
    expect(event.gate.recent).toMatchObject({ because: 'accuracy-drop', decides: true, verdict: 'pass' });
    expect(event.gate.recent?.rows).toBeGreaterThan(150);
    expect(event.gate.verdict, event.gate.summary).toBe('pass');
    // On the whole holdout it is the worse one, and that is still shown.
    expect(check(event, 'accuracy_improvement')?.outcome).toBe('fail');
    const [row] = await stack().query<{ rows: number }>(
      `select (live_references->'followed'->>'rows')::int + (live_references->'other'->>'rows')::int as rows
       from evaluation.evaluations where evaluation_id = $1`,
      [event.evaluation_id],
    );
    // Live accuracy is compared with that since the drop.
    expect(row?.rows).toBe(event.gate.recent?.rows);
  });

  /** Waits until every judged prediction has been looked at. */
  const monitored = () =>
    until('the monitor to have read everything', async () => {
      const [row] = await stack().query<{ behind: boolean }>(
        `select (select max(judged_seq) from feedback.judged_predictions) > coalesce(max(judged_seq), 0) as behind
         from evaluation.cursors`,
      );
      return row?.behind === false;
    });

  async function liveAccuracy() {
    const [row] = await stack().query<{ outcomes: number; correct: number }>(
      `select sum(outcomes)::int as outcomes, sum(correct)::int as correct from evaluation.live_accuracy
       where version = 'v2.0.0'`,
    );
    return row ?? { outcomes: 0, correct: 0 };
  }
});

describe('drift', () => {
  it('is told once, with the features named', async () => {
    const run = await trainedPackage(stack(), withReference(packageOf(2.1, -2.1)), snapshot);
    await makeLive(stack(), 'v3.0.0', run, 30);
    await judge(run);
    await stack().query('update registry.models set live_since = now()');
    await storeTasks(stack(), 1000, 1, 100);
    await checks(1);
    expect(drifts).toEqual([]);
    await storeTasks(stack(), 1000, 2, 40);
    await until('the drift to be published', () => drifts.length > 0);
    await storeTasks(stack(), 1000, 3, 40);
    await checks(3);
    expect(drifts).toHaveLength(1);
    expect(drifts[0]).toMatchObject({ version: 'v3.0.0', rows: 1000 });
    expect(drifts[0]?.features.map(({ feature }) => feature)).toEqual(['da', 'prediction']);
    expect(drifts[0]?.features[0]?.psi).toBeGreaterThan(0.2);
  });

  const checks = (count: number) =>
    until(`${count} drift checks`, async () => {
      const rows = await stack().query('select 1 from evaluation.drift_checks');
      return rows.length >= count;
    });
});
