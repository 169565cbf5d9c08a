import { randomUUID } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { FilesystemStore } from '#artifacts/filesystem-store';
import { PackageStore } from '#artifacts/package-store';
import { CommandRejected } from '#contracts/events/deployment';
import type { ModelTrained } from '#contracts/events/training';
import { AuditRecord, AuditVerification } from '#contracts/http/audit';
import { Deployment } from '#contracts/http/deployments';
import { ModelStatus } from '#contracts/http/models';
import { Run } from '#contracts/http/runs';
import { VersionComparison, VersionDetail, VersionSummary } from '#contracts/http/versions';
import { DEFAULT_MODEL } from '#contracts/primitives';
import { EventProducer } from '#kafka/produce/producer';
import { until } from '../../deploy/local/until.js';
import { useStack } from '../stack/use-stack.js';
import { FakeInstance } from './fake-instance.js';
import { evaluated, RegistryClient, trained } from './registry-client.js';

const stack = useStack('registry', {
  services: ['registry'],
  env: { registry: { ACKNOWLEDGEMENT_DEADLINE_SECONDS: '4', PRESENCE_SECONDS: '3' } },
});
const base = `/v1/models/${DEFAULT_MODEL}`;
const packages = {
  first: trained('first', { auto_deploy: true }),
  second: trained('second'),
  third: trained('third'),
  worse: trained('worse'),
};
/** Not a model, but whole: what a backup looks at. */
async function packed(training: ModelTrained): Promise<ModelTrained> {
  const store = new PackageStore(new FilesystemStore(pathToFileURL(join(stack().home, 'artifacts'))));
  const { digest, uri } = await store.write(new Map([['manifest.json', Buffer.from(training.digest)]]));
  return { ...training, digest, artifact_uri: uri };
}

let registry: RegistryClient;
let producer: EventProducer;
let instances: [FakeInstance, FakeInstance];
const rejections: CommandRejected[] = [];
let rejectionReader: { disconnect(): Promise<void> };

beforeAll(async () => {
  const { kafka, logger } = stack();
  registry = new RegistryClient(stack().urls.registry, stack().token);
  producer = new EventProducer({ kafka, source: 'test', logger });
  packages.first = await packed(packages.first);
  packages.second = await packed(packages.second);
  packages.third = await packed(packages.third);
  packages.worse = await packed(packages.worse);
  instances = await Promise.all([
    new FakeInstance(kafka, 'serving-a').start(),
    new FakeInstance(kafka, 'serving-b').start(),
  ]);
  const reader = kafka.consumer({ groupId: 'test-rejections', maxWaitTimeInMs: 50 });
  await reader.connect();
  await reader.subscribe({ topic: 'model.command-rejected', fromBeginning: true });
  await reader.run({
    eachMessage: async ({ message }) => {
      rejections.push(CommandRejected.parse(JSON.parse(message.value?.toString() ?? '')));
    },
  });
  rejectionReader = reader;
  await until('both instances to be present', async () => (await status()).instances.length === 2);
});

afterAll(async () => {
  for (const instance of instances ?? []) await instance.stop();
  await rejectionReader?.disconnect();
  await producer?.disconnect();
});

const status = () => registry.get(ModelStatus, base);
const versions = () => registry.get(z.array(VersionSummary), `${base}/versions`);
const live = async () => (await status()).live?.version ?? null;
const ended = (id: string) =>
  until(`deployment ${id} to end`, async () => {
    const deployment = await registry.deployment(id);
    return deployment.finished_at === null ? null : deployment;
  });
const latest = async () => (await registry.get(z.array(Deployment), `${base}/deployments?limit=1`))[0];

/** As any client would: no headers, no key. */
async function plainJson(topic: string, value: unknown): Promise<void> {
  const client = stack().kafka.producer();
  await client.connect();
  await client.send({ topic, messages: [{ value: typeof value === 'string' ? value : JSON.stringify(value) }] });
  await client.disconnect();
}

describe('versions', () => {
  it('deploys the first version that passes, without anybody asking', async () => {
    await producer.publish('model.trained', packages.first);
    await producer.publish('model.evaluated', evaluated(packages.first, 'pass'));
    await until('v1.0.0 to be live', async () => (await live()) === 'v1.0.0');
    await until('the deployment to be done', async () => (await latest())?.state === 'done');
    expect(await latest()).toMatchObject({
      kind: 'deploy',
      trigger: 'gate',
      actor: 'gate',
      from_version: null,
      to_version: 'v1.0.0',
      instances: [
        { instance: 'serving-a', state: 'activated' },
        { instance: 'serving-b', state: 'activated' },
      ],
    });
    expect(instances.map(({ version }) => version)).toEqual(['v1.0.0', 'v1.0.0']);
  });

  it('numbers later ones, keeps their verdicts, and knows a digest again', async () => {
    // The verdict may overtake the training.
    await producer.publish('model.evaluated', evaluated(packages.second, 'pass', (await versions())[0]));
    for (const each of [packages.second, packages.first, packages.third, packages.worse])
      await producer.publish('model.trained', each);
    await producer.publish('model.evaluated', evaluated(packages.third, 'pass'));
    await producer.publish('model.evaluated', evaluated(packages.worse, 'fail'));
    await until('four versions', async () => (await versions()).filter((v) => v.verdict !== null).length === 4);
    expect((await versions()).map(({ version, state, verdict }) => [version, state, verdict])).toEqual([
      ['v1.3.0', 'rejected', 'fail'],
      ['v1.2.0', 'registered', 'pass'],
      ['v1.1.0', 'registered', 'pass'],
      ['v1.0.0', 'live', 'pass'],
    ]);
    const detail = await registry.get(VersionDetail, `${base}/versions/v1.1.0`);
    expect(detail).toMatchObject({
      digest: packages.second.digest,
      training_stats: { train_accuracy: 0.9, n_train: 700 },
      evaluation_metrics: { accuracy: 0.81, f1_macro: 0.79 },
      created_by: 'retraining_job',
      evaluation: { gate: { verdict: 'pass' } },
    });
  });

  it('leaves a version as it is when another run makes its package again, and says of the run that it is unchanged', async () => {
    const before = await versions();
    const again = { ...packages.worse, run_id: randomUUID(), request_id: randomUUID(), auto_deploy: true };
    await stack().query(
      `insert into training.runs (run_id, request_id, model, trigger, actor, auto_deploy, requested_at, backend, state, stage, digest)
       values ($1, $2, $3, 'cli', 'test', true, now(), 'xgboost', 'done', 'done', $4)`,
      [again.run_id, again.request_id, again.model, again.digest],
    );
    await producer.publish('model.trained', again);
    await producer.publish('model.evaluated', evaluated(again, 'pass'));
    const run = () => registry.get(Run, `/v1/runs/${again.run_id}`);
    await until('the verdict of the run', async () => (await run()).verdict !== null);
    expect(await run()).toMatchObject({ state: 'unchanged', version: 'v1.3.0', verdict: 'pass' });
    // A pass would have gone live by itself.
    expect(await versions()).toEqual(before);
    const { stdout } = await stack().cli('runs');
    expect(stdout).toMatch(/unchanged +done .*v1\.3\.0 +pass/);
    expect((await stack().cli('status')).stdout).toContain('unchanged: it made v1.3.0 again');
    await stack().query('delete from training.runs where run_id = $1', [again.run_id]);
  });

  it('compares two of them', async () => {
    const comparison = await registry.get(VersionComparison, `${base}/compare?from=v1.0.0&to=v1.1.0`);
    expect(comparison.metrics).toContainEqual({ metric: 'accuracy', from: 0.81, to: 0.81, difference: 0 });
    expect(comparison.same_holdout).toBe(false);
  });
});

describe('deploy and rollback', () => {
  it('stages, promotes and finishes over HTTP', async () => {
    const before = (await status()).generation;
    const accepted = await registry.command('deploy', { version: 'v1.1.0', reason: 'checked by hand' });
    expect(accepted).toMatchObject({ generation: before + 1, from_version: 'v1.0.0', to_version: 'v1.1.0' });
    expect(await ended(accepted.deployment_id)).toMatchObject({ state: 'done', actor: 'local', failure: null });
    const [a] = instances;
    expect(a.seen.slice(-2)).toMatchObject([
      { cause: 'stage', generation: before + 1, live: { version: 'v1.0.0' }, staged: { version: 'v1.1.0' } },
      { cause: 'promote', generation: before + 2, live: { version: 'v1.1.0' }, warm: [{ version: 'v1.0.0' }] },
    ]);
  });

  it('rolls back by plain JSON on Kafka, in one generation', async () => {
    const before = (await status()).generation;
    await plainJson('model.rollback-requested', { reason: 'captchas everywhere since noon' });
    await until('v1.0.0 to be live', async () => (await live()) === 'v1.0.0');
    const deployment = await until('the rollback to be done', async () => {
      const last = await latest();
      return last?.state === 'done' ? last : null;
    });
    expect(deployment).toMatchObject({
      kind: 'rollback',
      trigger: 'operator',
      actor: 'kafka',
      reason: 'captchas everywhere since noon',
      generation: before + 1,
      from_version: 'v1.1.0',
    });
    expect(deployment.instances.map(({ state }) => state)).toEqual(['activated', 'activated']);
    expect((await versions()).find(({ version }) => version === 'v1.1.0')?.state).toBe('rolled-back');
  });

  it('carries out a command once, however often it is sent', async () => {
    const command_id = randomUUID();
    const body = { version: 'v1.2.0', reason: 'once', command_id };
    const [one, two] = await Promise.all([registry.command('deploy', body), registry.command('deploy', body)]);
    expect(two).toEqual(one);
    await ended(one.deployment_id);
    await plainJson('model.deploy-requested', body);
    expect(await registry.command('deploy', body)).toEqual(one);
    const { generation } = await status();
    await registry.command('rollback', { reason: 'and back' }).then(({ deployment_id }) => ended(deployment_id));
    expect((await status()).generation).toBe(generation + 1);
    expect(rejections).toEqual([]);
  });

  it.each([
    ['not JSON', 'rollback now!', { code: 'not-json', field: null }],
    ['no reason', { version: 'v1.0.0' }, { code: 'invalid-command', field: 'reason' }],
    ['a version that is none', { version: '1.0', reason: 'x' }, { code: 'invalid-command', field: 'version' }],
    ['an unknown version', { version: 'v9.9.9', reason: 'x' }, { code: 'unknown-version', field: 'version' }],
    ['an unknown model', { model: 'weather', reason: 'x' }, { code: 'unknown-model', field: 'model' }],
    ['a stale generation', { reason: 'x', expected_generation: 1 }, { code: 'stale-generation' }],
    ['what is live', { version: 'v1.0.0', reason: 'x' }, { code: 'already-live', field: 'version' }],
    ['a verdict that is no pass', { version: 'v1.3.0', reason: 'x' }, { code: 'verdict-not-pass' }],
    ['one without anything before it', { reason: 'nothing left' }, { code: 'nothing-to-roll-back-to' }],
  ])('rejects %s and changes nothing', async (_name, value, expected) => {
    const before = await status();
    const seen = rejections.length;
    await plainJson('model.rollback-requested', value);
    await until('the rejection', () => rejections.length > seen);
    expect(rejections.at(-1)).toMatchObject({ command: 'rollback', actor: 'kafka', ...expected });
    expect(z.uuid().safeParse(rejections.at(-1)?.command_id).success).toBe(true);
    expect((await status()).generation).toBe(before.generation);
  });

  it('takes back a deployment that one instance refuses', async () => {
    instances[1].behaviour = { kind: 'refuse', versions: ['v1.2.0'] };
    const { deployment_id } = await registry.command('deploy', { version: 'v1.2.0', reason: 'will not work' });
    expect(await ended(deployment_id)).toMatchObject({
      state: 'failed',
      failure: 'serving-b: golden-mismatch: probabilities differ by 0.3',
    });
    instances[1].behaviour = { kind: 'obey' };
    const now = await status();
    expect(now.live?.version).toBe('v1.0.0');
    expect(now.alerts.map(({ alert }) => alert)).toEqual(['deployment-failed']);
    await until('the instances to drop it', () =>
      instances.every(({ seen }) => seen.at(-1)?.cause === 'abort' && seen.at(-1)?.staged === null),
    );
  });

  it('goes back by itself when an instance stays silent after the promotion', async () => {
    const accepted = await registry.command('deploy', { version: 'v1.1.0', reason: 'try again' });
    await ended(accepted.deployment_id);
    expect((await status()).alerts).toEqual([]);
    instances[1].behaviour = { kind: 'load-only' };
    const { deployment_id } = await registry.command('deploy', { version: 'v1.2.0', reason: 'one falls silent' });
    expect(await ended(deployment_id)).toMatchObject({
      state: 'failed',
      failure: 'no acknowledgement from serving-b by the deadline',
    });
    instances[1].behaviour = { kind: 'obey' };
    const rollback = await until('v1.1.0 to be live again', async () => {
      const last = await latest();
      return last?.kind === 'rollback' ? last : null;
    });
    expect(rollback).toMatchObject({ trigger: 'deadline', actor: 'registry', to_version: 'v1.1.0' });
    await ended(rollback.deployment_id);
    expect((await versions()).find(({ version }) => version === 'v1.2.0')?.state).toBe('rolled-back');
  });

  it('does not wait for an instance that hears nothing, names it, and has it follow when it hears again', async () => {
    const before = await live();
    const deaf = instances[1];
    await deaf.turnDeaf();
    await until('it to be known', async () =>
      (await status()).instances.some(({ instance, deaf_since }) => instance === deaf.name && deaf_since != null),
    );
    const { deployment_id } = await registry.command('deploy', { version: 'v1.0.0', reason: 'with one deaf' });
    const deployment = await ended(deployment_id);
    expect(deployment).toMatchObject({ state: 'done', failure: null });
    expect(deployment.instances.find(({ instance }) => instance === deaf.name)).toMatchObject({
      state: 'waiting',
      detail: expect.stringContaining('hears nothing from Kafka since'),
    });
    const [entry] = await registry.get(z.array(AuditRecord), `/v1/audit?model=${DEFAULT_MODEL}&limit=1`);
    expect(entry).toMatchObject({
      action: 'deployment.completed',
      reason: `with one deaf; without ${deaf.name}, deaf`,
    });
    expect(deaf.version).not.toBe('v1.0.0');
    await deaf.hearAgain();
    expect(deaf.version).toBe('v1.0.0');
    await until('the registry to know', async () =>
      (await status()).instances.some(({ instance, deaf_since }) => instance === deaf.name && deaf_since === null),
    );
    const back = await registry.command('deploy', { version: before ?? '', reason: 'as it was', force: true });
    expect(await ended(back.deployment_id)).toMatchObject({ state: 'done' });
    expect(deaf.version).toBe(before);
  });

  it('does not wait for an instance that is gone', async () => {
    await instances[1].vanish();
    const { deployment_id } = await registry.command('deploy', { version: 'v1.0.0', reason: 'with one left' });
    const deployment = await ended(deployment_id);
    expect(deployment.state).toBe('done');
    expect(deployment.instances).toContainEqual({
      instance: 'serving-b',
      state: 'waiting',
      milliseconds: null,
      detail: 'gone before it acknowledged',
    });
    expect((await status()).instances.map(({ instance }) => instance)).toEqual(['serving-a']);
  });
});

describe('audit', () => {
  const verify = () => registry.get(AuditVerification, '/v1/audit/verify');

  it('tells the whole story, newest first, page by page', async () => {
    const records = await registry.get(z.array(AuditRecord), `/v1/audit?model=${DEFAULT_MODEL}&limit=1000`);
    const actions = new Set(records.map(({ action }) => action));
    for (const action of ['version.registered', 'version.judged', 'deployment.completed', 'rollback.completed'])
      expect(actions).toContain(action);
    const rollback = records.find(({ reason }) => reason === 'captchas everywhere since noon');
    expect(rollback).toMatchObject({ actor: 'kafka', before: { live: 'v1.0.0' }, after: { live: 'v1.0.0' } });
    const [newest] = records;
    const earlier = await registry.get(z.array(AuditRecord), `/v1/audit?limit=2&before=${newest?.sequence}`);
    expect(earlier.map(({ sequence }) => sequence)).toEqual([1, 2].map((back) => (newest?.sequence ?? 0) - back));
    expect(await verify()).toMatchObject({ intact: true, broken_at: null });
  });

  it('cannot be changed, and shows it when it was', async () => {
    await expect(stack().query("update registry.audit set reason = 'x' where sequence = 3")).rejects.toThrow(
      'append-only',
    );
    await expect(stack().query('delete from registry.audit')).rejects.toThrow('append-only');
    await expect(stack().query('truncate registry.audit')).rejects.toThrow('append-only');
    // Somebody with the rights to switch the triggers off.
    const tampering = async (sql: string) => {
      for (const state of ['disable', 'enable']) {
        await stack().query(`alter table registry.audit ${state} trigger all`);
        if (state === 'disable') await stack().query(sql);
      }
    };
    await stack().query('create table untouched as table registry.audit');
    const [last] = await stack().query<{ sequence: number }>(
      'select max(sequence)::int as sequence from registry.audit',
    );
    for (const [sql, at] of [
      ["update registry.audit set reason = 'nothing happened' where sequence = 3", 3],
      ["update registry.audit set actor = 'eve' where sequence = 1", 1],
      ["update registry.audit set hash = repeat('0', 64) where sequence = 5", 5],
      ['delete from registry.audit where sequence = 4', 4],
      [`delete from registry.audit where sequence = ${last?.sequence}`, last?.sequence],
      [
        'update registry.audit set sequence = -3 where sequence = 3; update registry.audit set sequence = 3 where sequence = 4; update registry.audit set sequence = 4 where sequence = -3',
        3,
      ],
    ] as const) {
      await tampering(sql);
      expect(await verify(), sql).toMatchObject({ intact: false, broken_at: at });
      await tampering('delete from registry.audit');
      await stack().query('insert into registry.audit table untouched');
      expect(await verify()).toMatchObject({ intact: true });
    }
  });
});

describe('access', () => {
  it('gives out tokens by role, and keeps only hashes', async () => {
    expect((await stat(join(stack().home, 'token'))).mode & 0o777).toBe(0o600);
    const created = await registry.request('POST', '/v1/tokens', { name: 'wall display', role: 'viewer' });
    expect(created).toMatchObject({ status: 201, body: { name: 'wall display', role: 'viewer' } });
    expect(await registry.request('POST', '/v1/tokens', { name: 'wall display', role: 'admin' })).toMatchObject({
      status: 409,
      body: { errors: [{ field: 'name' }] },
    });
    const { token } = z.object({ token: z.string() }).parse(created.body);
    const viewer = new RegistryClient(stack().urls.registry, token);
    expect(await viewer.request('GET', '/v1/whoami')).toMatchObject({
      status: 200,
      body: { name: 'wall display', role: 'viewer' },
    });
    expect(await viewer.request('POST', `${base}/rollback`, { reason: 'x' })).toMatchObject({ status: 403 });
    expect(await viewer.request('POST', '/v1/tokens', { name: 'me', role: 'admin' })).toMatchObject({ status: 403 });
    const everything = await stack().query<{ row: string }>('select tokens::text as row from registry.tokens');
    expect(everything.map(({ row }) => row).join()).not.toContain(token);
  });

  it.each(['', 'not-a-token'])('refuses the token %j', async (token) => {
    const stranger = new RegistryClient(stack().urls.registry, token);
    for (const path of ['/v1/models', `${base}/versions`, '/v1/audit', '/v1/runs', '/v1/events'])
      expect(await stranger.request('GET', path)).toMatchObject({ status: 401, body: { title: 'Not signed in' } });
    expect(await stranger.request('POST', `${base}/rollback`, { reason: 'x' })).toMatchObject({ status: 401 });
  });

  it.each([
    ['deploy', { version: '1.0.0', reason: 'x' }, 400, 'version'],
    ['deploy', { version: 'v1.0.0' }, 400, 'reason'],
    ['deploy', { version: 'v1.0.0', reason: '   ' }, 400, 'reason'],
    ['deploy', { version: 'v7.0.0', reason: 'x' }, 404, 'version'],
    ['rollback', { reason: 'x', expected_generation: 'now' }, 400, 'expected_generation'],
    ['rollback', { reason: 'x', version: 'v1.0.0' }, 409, 'version'],
    ['retrain', { model_type: 'deep' }, 400, 'model_type'],
  ])('names the field of a bad %s', async (verb, body, code, field) => {
    expect(await registry.request('POST', `${base}/${verb}`, body)).toMatchObject({
      status: code,
      body: { status: code, errors: [{ field }] },
    });
  });

  it('says what there is instead of an unknown model', async () => {
    expect(await registry.request('GET', '/v1/models/weather')).toMatchObject({
      status: 404,
      body: { detail: expect.stringContaining(DEFAULT_MODEL) },
    });
  });
});

describe('the rest of the API', () => {
  it('asks the trainer to end a run, keeps who wanted it and why, and says of one that has ended how', async () => {
    const run = randomUUID();
    const insert = `insert into training.runs (run_id, request_id, model, trigger, actor, auto_deploy, requested_at, backend, state, stage, message)
      values ($1, $1, $2, 'cli', 'test', false, now(), 'xgboost', 'queued', 'queued', 'waiting')`;
    await stack().query(insert, [run, DEFAULT_MODEL]);
    const asked: unknown[] = [];
    const reader = stack().kafka.consumer({ groupId: 'test-cancellations', maxWaitTimeInMs: 50 });
    await reader.connect();
    await reader.subscribe({ topic: 'training.cancel-requested', fromBeginning: true });
    await reader.run({ eachMessage: async ({ message }) => void asked.push(JSON.parse(String(message.value))) });
    try {
      const path = `/v1/runs/${run}/cancel`;
      expect(await registry.request('POST', path, {})).toMatchObject({ status: 400 });
      expect(await registry.request('POST', `/v1/runs/${randomUUID()}/cancel`, { reason: 'x' })).toMatchObject({
        status: 404,
      });
      const accepted = await registry.request('POST', path, { reason: 'asked for by mistake' });
      expect(accepted).toEqual({ status: 202, body: { run_id: run, model: DEFAULT_MODEL, state: 'queued' } });
      await until('the trainer to be asked', () => asked.length === 1);
      expect(asked[0]).toMatchObject({ run_id: run, model: DEFAULT_MODEL, reason: 'asked for by mistake' });
      const [entry] = await registry.get(z.array(AuditRecord), '/v1/audit?limit=1');
      expect(entry).toMatchObject({
        action: 'run.cancel-requested',
        model: DEFAULT_MODEL,
        reason: 'asked for by mistake',
        before: { run_id: run, state: 'queued' },
      });
      await stack().query(
        `update training.runs set state = 'cancelled', finished_at = now(), message = 'cancelled by anna: a mistake' where run_id = $1`,
        [run],
      );
      expect(await registry.request('POST', path, { reason: 'again' })).toMatchObject({
        status: 409,
        body: { detail: `The training run ${run} was cancelled by anna: a mistake` },
      });
    } finally {
      await reader.disconnect();
      await stack().query('delete from training.runs where run_id = $1', [run]);
    }
  });

  it('asks for training through the outbox', async () => {
    const reply = await registry.request('POST', `${base}/retrain`, { auto_deploy: false, trigger: 'cli' });
    const { request_id } = z.object({ request_id: z.uuid() }).parse(reply.body);
    expect(reply.status).toBe(202);
    const reader = stack().kafka.consumer({ groupId: 'test-training' });
    const requests: unknown[] = [];
    await reader.connect();
    await reader.subscribe({ topic: 'training.requested', fromBeginning: true });
    await reader.run({ eachMessage: async ({ message }) => void requests.push(JSON.parse(String(message.value))) });
    await until('the request', () => requests.length > 0);
    await reader.disconnect();
    expect(requests).toMatchObject([{ request_id, model: DEFAULT_MODEL, auto_deploy: false, actor: 'local' }]);
  });

  it('streams what happens', async () => {
    const aborter = new AbortController();
    const response = await fetch(`${stack().urls.registry}/v1/events?model=${DEFAULT_MODEL}`, {
      headers: { authorization: `Bearer ${stack().token}` },
      signal: aborter.signal,
    });
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    let text = '';
    const reading = (async () => {
      for await (const chunk of response.body ?? []) text += Buffer.from(chunk).toString();
    })().catch(() => undefined);
    await until('the stream to open', () => text.startsWith(': following'));
    const { deployment_id } = await registry.command('deploy', { version: 'v1.1.0', reason: 'watched' });
    // Deployments come from Postgres and events from Kafka, in no order among each other.
    const expected = ['deployment', 'model.staged', 'model.loaded', 'model.promoted', 'model.activated'];
    await until('all of it', () => {
      const names = new Set([...text.matchAll(/^event: (.*)$/gm)].map(([, name]) => name));
      return text.includes('"state":"done"') && expected.every((name) => names.has(name));
    });
    expect(text).toContain(deployment_id);
    aborter.abort();
    await reading;
  });

  it('answers with empty series and its own description', async () => {
    for (const series of ['accuracy', 'dataset'])
      expect(await registry.request('GET', `/v1/metrics/${series}?model=${DEFAULT_MODEL}`)).toEqual({
        status: 200,
        body: [],
      });
    const [week] = await registry.get(
      z.array(z.object({ deployments: z.int(), rollbacks: z.int(), failed: z.int() })),
      `/v1/metrics/deployments?model=${DEFAULT_MODEL}`,
    );
    expect(week?.rollbacks).toBeGreaterThan(2);
    expect(await registry.request('GET', '/v1/runs')).toEqual({ status: 200, body: [] });
    expect(await registry.request('GET', '/openapi.json')).toMatchObject({ status: 200, body: { openapi: '3.1.1' } });
  });
});
