import { chmodSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { PackageStore } from '#artifacts/package-store';
import { Run } from '#contracts/http/runs';
import { Manifest } from '#contracts/model-package';
import { DEFAULT_MODEL } from '#contracts/primitives';
import { processStart } from '../../deploy/local/processes/process-identity.js';
import { REPOSITORY } from '../../deploy/local/repository.js';
import { until } from '../../deploy/local/until.js';
import { useStack } from '../stack/use-stack.js';
import { RegistryClient } from './registry-client.js';
import { Asker, addTasks, artifactsOf, endOf, runOf } from './trainer-world.js';

const folder = mkdtempSync(join(tmpdir(), 'ratchet-spark-'));
const [submit, behaviour, model, pids, seen] = ['submit', 'behaviour', 'model', 'pids', 'seen'].map((name) =>
  join(folder, name),
);
const script = join(REPOSITORY, 'dist/test/e2e/spark-stand-in.js');
writeFileSync(submit ?? '', `#!/bin/sh\nexec "${process.execPath}" "${script}" "$@"\n`);
chmodSync(submit ?? '', 0o755);
afterAll(() => rmSync(folder, { recursive: true }));

const stack = useStack('spark', {
  services: ['registry', 'trainer', 'evaluator', 'serving-1'],
  env: {
    '*': { SCHEDULE_POLL_MS: '3600000', TRAINING_THREADS: '2', TRAINING_POLL_MS: '100' },
    trainer: { SPARK_MASTER: 'local[2]', SPARK_SUBMIT: submit, SPARK_STAND_IN: behaviour, SPARK_WORKERS: '2' },
  },
});
let registry: RegistryClient;
let asker: Asker;
let first: Run;

const behave = (does: string): void => writeFileSync(behaviour ?? '', JSON.stringify({ does, model, pids, seen }));
const filesOf = (run: Run) => new PackageStore(artifactsOf(stack())).read(run.digest ?? '');
const json = (files: ReadonlyMap<string, Buffer>, name: string): unknown => JSON.parse(String(files.get(name)));
const logOf = async (run: Run): Promise<string> => {
  const lines = await registry.get(z.array(z.looseObject({ message: z.string() })), `/v1/runs/${run.run_id}/log`);
  return lines.map(({ message }) => message).join('\n');
};
const kept = (prefix: string) => artifactsOf(stack()).list(prefix);

beforeAll(async () => {
  registry = new RegistryClient(stack().urls.registry, stack().token);
  asker = new Asker(stack());
  await addTasks(stack(), 1, 4000);
  first = await asker.train({ auto_deploy: false });
  writeFileSync(model ?? '', (await filesOf(first)).get('model.xgb.json') ?? '');
});
afterAll(() => asker?.close());

describe('a run for Spark', () => {
  it('makes the package that the trainer itself would make of the same model', async () => {
    behave('train');
    const run = await asker.train({ engine: 'spark', auto_deploy: false });
    expect({ failure: run.failure, state: run.state, engine: run.engine }).toMatchObject({
      engine: 'spark',
      failure: null,
    });
    const [ours, theirs] = [await filesOf(first), await filesOf(run)];
    for (const name of ['golden.json', 'reference.json', 'model.xgb.json'])
      expect({ name, same: theirs.get(name)?.equals(ours.get(name) ?? Buffer.alloc(0)) }).toEqual({ name, same: true });
    const manifest = Manifest.parse(json(theirs, 'manifest.json'));
    const { parameters, library, window, ...rest } = Manifest.parse(json(ours, 'manifest.json'));
    const { nthread: _, ...told } = parameters ?? {};
    expect(manifest).toEqual({
      ...rest,
      // What is given for the model of another window is the same model once more.
      window: { ...window, candidates: manifest.window?.candidates },
      parameters: told,
      library: { ...library, version: '3.2.0' },
      engine: { name: 'spark', version: '3.5.7', workers: 2 },
    });
    const log = await logOf(run);
    expect(log).toContain('giving the rows to the cluster');
    const [, uri = ''] = /output of spark-submit is kept at (\S+)/.exec(log) ?? [];
    expect(readFileSync(new URL(uri), 'utf8')).toContain('RATCHET {"kind":"done"');
    // Neither secrets of the trainer nor the rows of the run outlive it.
    const { args, env } = z
      .object({ args: z.array(z.string()), env: z.array(z.string()) })
      .parse(JSON.parse(readFileSync(seen ?? '', 'utf8')));
    expect(args.slice(0, 2)).toEqual(['--master', 'local[2]']);
    expect(env.filter((name) => /^(DATABASE|KAFKA|RATCHET|S3)_/.test(name))).toEqual([]);
    expect(await kept('spark-rows/')).toEqual([]);
  });

  it('is asked for over HTTP, by the command line and in a definition alike', async () => {
    behave('train');
    const { code, stdout, stderr } = await stack().cli(
      ...['retrain', '--model', DEFAULT_MODEL, '--engine', 'spark', '--no-auto-deploy', '--wait', '--json'],
    );
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(z.object({ run: Run }).parse(JSON.parse(stdout)).run).toMatchObject({ engine: 'spark', state: 'unchanged' });
  });

  it.each([
    ['train on other rows', /^The cluster saw other rows than there are: \d+ of train, .* instead of \d+ of train/],
    ['write half a model', /^The file that came from the cluster is no model that can be served/],
    ['die', /^A part of the Spark job ran out of memory\.$/],
  ])('fails in a sentence where the job comes to %s', async (does, reason) => {
    behave(does);
    const run = await asker.train({ engine: 'spark', auto_deploy: false });
    expect(run).toMatchObject({ state: 'failed', failure: expect.stringMatching(reason) });
    expect(run.remedy).not.toBe('');
    expect(await kept('spark-rows/')).toEqual([]);
  });

  it('is ended with all that it started when somebody cancels it', async () => {
    behave('hang');
    rmSync(pids ?? '', { force: true });
    const request = await asker.ask({ engine: 'spark', auto_deploy: false });
    const run = await until('the job to train', async () => {
      const found = await runOf(stack(), request);
      return found?.message.startsWith('round 1 of') ? found : null;
    });
    const processes = z.array(z.int()).parse(JSON.parse(readFileSync(pids ?? '', 'utf8')));
    const { status } = await registry.request('POST', `/v1/runs/${run.run_id}/cancel`, { reason: 'not now' });
    expect(status).toBe(202);
    expect(await endOf(stack(), request)).toMatchObject({ state: 'cancelled' });
    await until('its processes to be gone', async () => processes.every((pid) => processStart(pid) === null));
    await until('its rows to be gone', async () => (await kept('spark-rows/')).length === 0);
  });

  it('says what only the trainer itself can do, and what is missing', async () => {
    behave('train');
    const asked = (changes: Parameters<Asker['train']>[0]) =>
      asker.train({ engine: 'spark', auto_deploy: false, ...changes });
    expect(await asked({ model_type: 'lightgbm' })).toMatchObject({
      failure: 'The backend lightgbm does not train on Spark; xgboost does.',
    });
    expect(await asked({ tune: 3 })).toMatchObject({ failure: 'A search for hyper-parameters does not run on Spark.' });
    renameSync(submit ?? '', `${submit}.away`);
    expect(await asked({})).toMatchObject({
      failure: expect.stringMatching(/^There is no spark-submit: ".*submit" cannot be started/),
    });
  });
});
