import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { z } from 'zod';
import { PackageStore } from '#artifacts/package-store';
import { ModelStatus } from '#contracts/http/models';
import { Run } from '#contracts/http/runs';
import { Golden, Manifest } from '#contracts/model-package';
import { ALL_ROWS } from '#domain/training/windows';
import { SITES, siteRows, writtenRows } from '#models/training/elsewhere/rows-file.fixture';
import { readInChunks } from '#models/training/matrices';
import { processStart } from '../../deploy/local/processes/process-identity.js';
import { REPOSITORY } from '../../deploy/local/repository.js';
import { until } from '../../deploy/local/until.js';
import { answeredDifference, INSERT_APPLES } from '../e2e/elsewhere.js';
import { RegistryClient } from '../e2e/registry-client.js';
import { Asker, artifactsOf, endOf, runOf } from '../e2e/trainer-world.js';
import { processesNaming, SparkCluster, sparkHome } from '../stack/spark-cluster.js';
import { useStack } from '../stack/use-stack.js';
import { pythonWith, SPARK_LIBRARIES } from './python.js';

const folder = mkdtempSync(join(tmpdir(), 'ratchet-spark-'));
const models = join(folder, 'models');
mkdirSync(models);
const CLASSES = ['cider', 'dessert', 'storage'];
const define = (name: string, changes: object): void =>
  writeFileSync(
    join(models, `${name}.yaml`),
    stringify({
      name,
      kind: 'multi-class',
      label: 'use',
      classes: CLASSES,
      features: [
        { name: 'weight', kind: 'numeric', fill: 'median', missing_indicator: true },
        { name: 'sugar content', kind: 'numeric' },
        { name: 'red', kind: 'boolean' },
        { name: 'region', kind: 'categorical' },
      ],
      hyper_parameters: { rounds: 40, max_depth: 4, learning_rate: 0.2 },
      class_weights: 'balanced',
      training: { engine: 'spark' },
      schedule: '',
      ...changes,
    }),
  );
define('apples', {});
define('slow', { hyper_parameters: { rounds: 20_000, max_depth: 3, learning_rate: 0.001 }, early_stopping_rounds: 0 });
define('patient', { hyper_parameters: { rounds: 1200, max_depth: 3, learning_rate: 0.01 }, early_stopping_rounds: 0 });
define('nonsense', { hyper_parameters: { rounds: 5, max_depth: 'deep' } });

/** A job takes a minute or two of Java and Python before it trains, where the machine does other things as well. */
const PATIENCE_MS = 400_000;

let python = '';
let cluster: SparkCluster | null = null;
/** What the trainer's environment names before there is anything of it. */
const place = { python: join(process.cwd(), '.ratchet/venv-spark/bin/python'), master: '' };
beforeAll(async () => {
  python = await pythonWith(SPARK_LIBRARIES, 'venv-spark');
  expect(python).toBe(place.python);
  cluster = await SparkCluster.start(python);
  trainer.SPARK_MASTER = cluster.master;
  trainer.SPARK_HOME = sparkHome(python);
}, 600_000);
afterAll(async () => {
  await cluster?.stop();
  rmSync(folder, { recursive: true });
});

const trainer: NodeJS.ProcessEnv = {
  SPARK_SUBMIT: join(process.cwd(), '.ratchet/venv-spark/bin/spark-submit'),
  SPARK_LOCAL_IP: '127.0.0.1',
  SPARK_SETTINGS: 'spark.executor.memory=512m; spark.executor.cores=1',
  PYSPARK_PYTHON: place.python,
};
const stack = useStack('spark-cluster', {
  services: ['registry', 'trainer', 'evaluator', 'serving-1'],
  env: {
    '*': { MODELS_DIR: models, SCHEDULE_POLL_MS: '3600000', TRAINING_THREADS: '2', TRAINING_POLL_MS: '200' },
    trainer,
  },
});

const registry = (model: string) => new RegistryClient(stack().urls.registry, stack().token, model);
const askFor = async (model: string): Promise<string> => {
  const asker = new Asker(stack());
  try {
    return await asker.ask({ model, auto_deploy: false });
  } finally {
    await asker.close();
  }
};
const messageOf = (request: string, sign: RegExp): Promise<Run> =>
  until(
    `the run to say ${sign}`,
    async () => {
      const run = await runOf(stack(), request);
      if (run?.state === 'failed') throw new Error(`${run.failure} ${run.remedy}`);
      return run !== null && sign.test(run.message) ? run : null;
    },
    { deadlineMs: PATIENCE_MS },
  );

describe('a standalone cluster', () => {
  it('trains a model that passes the gate, goes live and answers as XGBoost does in Python', async () => {
    await stack().query(INSERT_APPLES, ['apples', CLASSES]);
    const { code, stdout, stderr } = await stack().cli(
      'retrain',
      '--model',
      'apples',
      '--engine',
      'spark',
      '--wait',
      '--json',
    );
    expect({ code, stderr }).toMatchObject({ code: 0 });
    const { run } = z.object({ run: Run }).parse(JSON.parse(stdout));
    expect(run).toMatchObject({ state: 'done', engine: 'spark', verdict: 'pass', version: 'v1.0.0', failure: null });

    const files = await new PackageStore(artifactsOf(stack())).read(run.digest ?? '');
    for (const [name, content] of files) writeFileSync(join(folder, name), content);
    const manifest = Manifest.parse(JSON.parse(String(files.get('manifest.json'))));
    expect(manifest.engine).toEqual({ name: 'spark', version: '3.5.7', workers: 2 });
    expect(manifest.library).toEqual({ name: 'xgboost', version: '3.2.0' });
    const check = [join(import.meta.dirname, 'check_package.py'), folder];
    const { stdout: compared } = await promisify(execFile)(python, check);
    const said = z.object({ cases: z.int(), difference: z.number() }).parse(JSON.parse(compared));
    expect(said.cases).toBeGreaterThanOrEqual(30);
    expect(said.difference).toBeLessThan(1e-6);

    const live = await until('the version to be live', async () => {
      const status = await registry('apples').get(ModelStatus, '/v1/models/apples');
      return status.deployment === null || status.deployment.finished_at !== null ? status.live : null;
    });
    expect(live).toMatchObject({ version: 'v1.0.0', digest: run.digest });
    const { cases } = Golden.parse(JSON.parse(String(files.get('golden.json'))));
    const golden = {
      rows: cases.map(({ input }) => input),
      probabilities: cases.map(({ probabilities }) => probabilities),
    };
    const asked = { name: 'apples', classes: CLASSES, version: 'v1.0.0' };
    expect(await answeredDifference(stack(), asked, golden)).toBeLessThan(1e-6);
    await until('the application to leave the cluster', async () => (await cluster?.state())?.activeapps.length === 0);
  }, 900_000);

  it('is left when a run is cancelled', async () => {
    await stack().query(INSERT_APPLES, ['slow', CLASSES]);
    const request = await askFor('slow');
    const run = await messageOf(request, /^round [2-9]\d* of 20000, validation log-loss/);
    const started = processesNaming(run.run_id);
    // Java and Python.
    expect(started.length).toBeGreaterThanOrEqual(2);
    const path = `/v1/runs/${run.run_id}/cancel`;
    expect(await registry('slow').request('POST', path, { reason: 'seen enough' })).toMatchObject({ status: 202 });
    expect(await endOf(stack(), request, PATIENCE_MS)).toMatchObject({ state: 'cancelled' });
    await until('the application to leave the cluster', async () => (await cluster?.state())?.activeapps.length === 0);
    await until('its processes to end', async () => started.every((each) => processStart(each) === null));
  }, 900_000);

  it('fails in a sentence where XGBoost refuses what it is told', async () => {
    await stack().query(INSERT_APPLES, ['nonsense', CLASSES]);
    const run = await endOf(stack(), await askFor('nonsense'), PATIENCE_MS);
    expect(run).toMatchObject({
      state: 'failed',
      failure: expect.stringMatching(/^The Spark job failed: .*max_depth/),
    });
  }, 900_000);

  it('that loses a worker for good goes on training with the other', async () => {
    await stack().query(INSERT_APPLES, ['patient', CLASSES]);
    const request = await askFor('patient');
    await messageOf(request, /^round [2-9]\d* of 1200, validation log-loss/);
    cluster?.killWorker(0);
    const run = await endOf(stack(), request, PATIENCE_MS);
    expect(run).toMatchObject({ failure: null, state: 'done' });
    const files = await new PackageStore(artifactsOf(stack())).read(run.digest ?? '');
    const manifest = Manifest.parse(JSON.parse(String(files.get('manifest.json'))));
    expect(manifest).toMatchObject({ engine: { workers: 1 }, training_stats: { rounds: 1200 } });
  }, 900_000);

  it('that is not where SPARK_MASTER says is told at once', async () => {
    const { master } = cluster ?? { master: '' };
    await cluster?.stop();
    cluster = null;
    const run = await endOf(stack(), await askFor('apples'), PATIENCE_MS);
    expect(run).toMatchObject({
      state: 'failed',
      failure: `No Spark master answers at ${master}.`,
      remedy: 'Start it, or correct SPARK_MASTER on the trainer.',
    });
  }, 900_000);
});

it('makes of a row the columns that the trainer itself makes of it', async () => {
  const { database, encoding, columns, file } = await writtenRows(folder, siteRows(3000), SITES, ALL_ROWS);
  try {
    const script = join(import.meta.dirname, 'spark_functions.py');
    const args = [script, join(REPOSITORY, 'deploy/spark-trainer'), 'spread', file, JSON.stringify(columns)];
    const env = { ...process.env, PYSPARK_PYTHON: python, PYSPARK_DRIVER_PYTHON: python, SPARK_LOCAL_IP: '127.0.0.1' };
    const { stdout } = await promisify(execFile)(python, args, { env, maxBuffer: 1 << 26 });
    const found = stdout.trim().split('\n').toSorted();
    const expected: string[] = [];
    for (const part of ['train', 'validation'] as const)
      for await (const { matrix } of readInChunks(database, encoding, part))
        for (let row = 0; row < matrix.rows; row++) {
          const values = matrix.values.subarray(row * matrix.columns, (row + 1) * matrix.columns);
          expected.push(asText([...values].map((value) => (Number.isNaN(value) ? null : value))));
        }
    const theirs = new Set(found.map((line) => asText(z.array(z.number().nullable()).parse(JSON.parse(line)))));
    expect(expected.length).toBeGreaterThan(2000);
    expect(expected.filter((row) => !theirs.has(row))).toEqual([]);
  } finally {
    database.close();
  }
}, 900_000);

/** Of single precision, as both have it. */
const asText = (row: readonly (number | null)[]): string =>
  JSON.stringify(row.map((value) => (value === null ? null : Math.fround(value))));
