import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { z } from 'zod';
import { PackageStore } from '#artifacts/package-store';
import { Run } from '#contracts/http/runs';
import { VersionDetail, VersionSummary } from '#contracts/http/versions';
import { Manifest } from '#contracts/model-package';
import { DEFAULT_MODEL } from '#contracts/primitives';
import { REPOSITORY } from '../../deploy/local/repository.js';
import { until } from '../../deploy/local/until.js';
import { useStack } from '../stack/use-stack.js';
import { defineAll, modelsOf, servedDifference } from './elsewhere.js';
import { RegistryClient } from './registry-client.js';
import { Asker, addTasks, artifactsOf } from './trainer-world.js';

const folder = mkdtempSync(join(tmpdir(), 'ratchet-register-'));
const models = join(folder, 'models');
cpSync(join(REPOSITORY, 'deploy/models'), models, { recursive: true });

/** Files that Python wrote, with feature names, categories and missing values. */
const ELSEWHERE = join(import.meta.dirname, 'elsewhere/fixtures');
const elsewhere = modelsOf(ELSEWHERE);
defineAll(elsewhere, models);

/** Another field altogether: where a wine comes from, by what a laboratory measured. */
writeFileSync(
  join(models, 'wine-origin.yaml'),
  stringify({
    name: 'wine-origin',
    kind: 'multi-class',
    label: 'origin',
    classes: ['coast', 'hills', 'valley'],
    features: [
      { name: 'alcohol', kind: 'numeric' },
      { name: 'acidity', kind: 'numeric', fill: 'median', missing_indicator: true },
      { name: 'grape', kind: 'categorical' },
      { name: 'oak', kind: 'boolean' },
    ],
    class_weights: 'balanced',
    hyper_parameters: { rounds: 60, max_depth: 4, learning_rate: 0.2 },
    schedule: '',
  }),
);

const INSERT_WINES = `
insert into feedback.tasks (model, task_id, event_id, kind, occurred_at, time_source, received_at, label,
  outcome_features, outcome_lines, shadow_lines, first_received_at)
select 'wine-origin', 'wine-' || i, gen_random_uuid(), 'dataset', timestamptz '2026-01-01' + i * interval '1 second', 'event',
  timestamptz '2026-02-01', (array['coast', 'hills', 'valley'])[1 + origin],
  jsonb_build_object('alcohol', 11 + origin + noise * 1.5, 'acidity', case when i % 5 > 0 then 6 - origin + noise * 2 end,
    'grape', (array['merlot', 'riesling', 'tannat', 'grenache'])[1 + ((origin + case when noise > 0.5 then 1 else 0 end) & 3)],
    'oak', case when noise > 0.3 then 'yes' else 'no' end),
  1, 0, timestamptz '2026-02-01'
from (
  select i, abs(hashtext('o' || i)) % 3 as origin, (hashtext('n' || i) & 1023) / 1023.0 as noise
  from generate_series($1::int, $2::int) as i) made`;

const env = { MODELS_DIR: models, SCHEDULE_POLL_MS: '3600000', TRAINING_THREADS: '2', UPLOAD_GRACE_MS: '5000' };
const stack = useStack('register', { services: ['registry', 'trainer', 'evaluator', 'serving-1'], env: { '*': env } });
let registry: RegistryClient;
let asker: Asker;

beforeAll(async () => {
  registry = new RegistryClient(stack().urls.registry, stack().token);
  asker = new Asker(stack());
  await addTasks(stack(), 1, 4000);
  await stack().query(INSERT_WINES, [1, 2000]);
});
afterAll(async () => {
  await asker?.close();
  rmSync(folder, { recursive: true });
});

const versions = (model: string) => registry.get(z.array(VersionSummary), `/v1/models/${model}/versions`);
const versionOf = (model: string, digest: string | null) =>
  until('the version to be judged', async () =>
    (await versions(model)).find((version) => version.digest === digest && version.verdict !== null),
  );
const filesOf = async (digest: string | null) => new PackageStore(artifactsOf(stack())).read(digest ?? '');

describe('a multi-class model of another field', () => {
  it('is trained, judged on its holdout and versioned', async () => {
    const run = await asker.train({ model: 'wine-origin', tune: 3 });
    expect(run).toMatchObject({ state: 'done', failure: null });
    const version = await versionOf('wine-origin', run.digest);
    expect(version).toMatchObject({ version: 'v1.0.0', verdict: 'pass', created_by: 'retraining_job' });
    expect(version.evaluation_metrics.accuracy).toBeGreaterThan(0.8);
    const manifest = Manifest.parse(JSON.parse(String((await filesOf(run.digest)).get('manifest.json'))));
    expect(manifest.classes).toEqual(['coast', 'hills', 'valley']);
    expect(manifest.tuning).toMatchObject({ trials: 3 });
  });
});

describe('ratchet register', () => {
  it('packages, judges and versions a model file with the encoders of a manifest', async () => {
    const first = await asker.train();
    expect(first).toMatchObject({ state: 'done', failure: null });
    await versionOf(DEFAULT_MODEL, first.digest);
    const files = await filesOf(first.digest);
    const elsewhere = join(folder, 'elsewhere');
    mkdirSync(elsewhere);
    writeFileSync(join(elsewhere, 'booster.json'), files.get('model.xgb.json') ?? '');
    const { encoders, columns } = Manifest.parse(JSON.parse(String(files.get('manifest.json'))));
    writeFileSync(join(elsewhere, 'manifest.json'), JSON.stringify({ encoders, columns }));

    const { code, stdout, stderr } = await stack().cli(
      ...['register', join(elsewhere, 'booster.json'), '--no-auto-deploy', '--wait', '--json'],
    );
    expect({ code, stderr }).toMatchObject({ code: 0 });
    const { run } = z.object({ run: Run }).parse(JSON.parse(stdout));
    expect(run).toMatchObject({ state: 'done', backend: 'xgboost' });
    const detail = await registry.get(VersionDetail, `/v1/models/${DEFAULT_MODEL}/versions/${run.version}`);
    expect(detail).toMatchObject({ created_by: 'import', digest: run.digest });
    expect(detail.digest).not.toBe(first.digest);
    const accuracies = (await versions(DEFAULT_MODEL)).map((version) => version.evaluation_metrics.accuracy);
    expect(new Set(accuracies).size).toBe(1);
    const packaged = await filesOf(run.digest);
    expect(packaged.get('model.xgb.json')?.equals(files.get('model.xgb.json') ?? Buffer.alloc(0))).toBe(true);
  });

  it('keeps a description for each request, so that the end of one run takes nothing from another', async () => {
    const upload = async (): Promise<string> => {
      const response = await fetch(`${stack().urls.registry}/v1/models/${DEFAULT_MODEL}/uploads`, {
        method: 'POST',
        headers: { authorization: `Bearer ${stack().token}`, 'content-type': 'application/octet-stream' },
        body: 'no model',
      });
      return z.object({ digest: z.string() }).parse(await response.json()).digest;
    };
    const body = { upload: await upload(), format: 'xgboost-json', description: {}, auto_deploy: false };
    const path = `/v1/models/${DEFAULT_MODEL}/packages`;
    const replies = await Promise.all([1, 2].map(() => registry.request('POST', path, body)));
    expect(replies.map(({ status }) => status)).toEqual([202, 202]);
    const ids = replies.map((reply) => z.object({ request_id: z.string() }).parse(reply.body).request_id);
    const descriptions = await until('both runs', async () => {
      const rows = await stack().query<{ description: string }>(
        "select import->>'description' as description from training.runs where request_id = any($1)",
        [ids],
      );
      return rows.length === 2 && rows.map(({ description }) => description);
    });
    expect(new Set(descriptions).size).toBe(2);
    await until('both runs to have failed for the same reason', async () => {
      const failed = (await registry.get(z.array(Run), '/v1/runs')).filter(({ request_id }) =>
        ids.includes(request_id),
      );
      return failed.length === 2 && failed.every(({ state }) => state === 'failed');
    });
  });

  it.each(elsewhere.map((model) => [model.file, model] as const))(
    'a model of Python, %s, serves the probabilities that Python gives',
    async (_file, model) => {
      expect(await servedDifference(stack(), ELSEWHERE, model)).toBeLessThan(1e-6);
    },
  );

  it('refuses a file whose columns are in another order than the features', async () => {
    const [{ definition, description, file }] = elsewhere;
    const changed = join(folder, 'changed.yaml');
    const [weight, sugar, ...others] = z.array(z.unknown()).parse(definition.features);
    writeFileSync(changed, stringify({ ...definition, features: [sugar, weight, ...others] }));
    const [first, second, ...rest] = description.encoders ?? [];
    const manifest = join(folder, 'changed.json');
    writeFileSync(manifest, JSON.stringify({ encoders: [second, first, ...rest] }));
    const { code, stdout } = await stack().cli(
      ...['register', join(ELSEWHERE, file), '--definition', changed, '--manifest', manifest, '--wait', '--json'],
    );
    expect(code).toBe(1);
    const { run } = z.object({ run: Run }).parse(JSON.parse(stdout));
    expect(run.failure).toContain(
      'same columns in another order: column 1 is "weight" in the file, and "sugar content" by the definition',
    );
    expect(run.remedy).toContain('in the order of the file, "weight", "sugar content", "red", "region"');
  });

  it('says what is wrong with a file that cannot be one', async () => {
    const text = join(folder, 'notes.txt');
    writeFileSync(text, 'not a model');
    const { code, stderr } = await stack().cli('register', text);
    expect(code).toBe(2);
    expect(stderr).toContain('neither an XGBoost model');
  });

  it('fails the run when the encoders do not fit the file', async () => {
    const manifest = join(folder, 'wrong.json');
    const { encoders } = Manifest.parse(
      JSON.parse(String((await filesOf((await versions(DEFAULT_MODEL))[0]?.digest ?? null)).get('manifest.json'))),
    );
    const narrowed = encoders.map((encoder) =>
      encoder.encoding === 'one-hot' ? { ...encoder, categories: encoder.categories.slice(1) } : encoder,
    );
    writeFileSync(manifest, JSON.stringify({ encoders: narrowed }));
    const { code, stdout } = await stack().cli(
      ...['register', join(folder, 'elsewhere/booster.json'), '--manifest', manifest, '--wait', '--json'],
    );
    expect(code).toBe(1);
    const { run } = z.object({ run: Run }).parse(JSON.parse(stdout));
    expect(run.failure).toMatch(/The model takes \d+ columns/);
  });

  it('leaves no upload behind, of runs that worked or failed, or that nobody asked for', async () => {
    const forgotten = `uploads/${'0'.repeat(64)}`;
    await artifactsOf(stack()).put(forgotten, Buffer.from('a file whose registration never came'));
    await until('the uploads to be gone', async () => (await artifactsOf(stack()).list('uploads/')).length === 0);
  });
});
