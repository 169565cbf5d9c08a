import { createHash } from 'node:crypto';
import { appendFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hexOf } from '#artifacts/package-store';
import { DecideResponse } from '#contracts/http/serving';
import type { VersionRef } from '#contracts/primitives';
import { freePort } from '../../deploy/local/ports.js';
import { until } from '../../deploy/local/until.js';
import { GrpcClient } from './grpc-client.js';
import { samplePackage, withWrongGolden } from './model-packages.js';
import { decide, type Instance, ServingWorld } from './serving-world.js';

let world: ServingWorld;
let one: Instance;
let v1: VersionRef;
let v2: VersionRef;

const get = async (path: string): Promise<{ status: number; body: unknown }> => {
  const response = await fetch(`${one.url}${path}`);
  return { status: response.status, body: await response.json() };
};
const infer = async (path: string, body: unknown): Promise<{ status: number; body: unknown }> => {
  const response = await fetch(`${one.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() };
};

beforeAll(async () => {
  world = await ServingWorld.start();
  one = await world.serve('one');
  v1 = await world.version('v1.0.0', { odds: [1, -1] });
  v2 = await world.version('v1.1.0', { odds: [-1, 1] });
});
afterAll(() => world.stop());

describe('before any version is live', () => {
  it('an instance is up and ready, and says what is missing', async () => {
    expect((await get('/health/ready')).status).toBe(200);
    expect((await get('/v2/health/live')).status).toBe(200);
    expect((await get('/v2/health/ready')).status).toBe(503);
    const { status, body } = await decide(one.url);
    expect(status).toBe(503);
    expect(body).toMatchObject({ status: 503, title: 'No version is live' });
    expect(String(body.detail)).toContain('ratchet retrain --wait');
  });
});

describe('a deployment', () => {
  it('is loaded and verified when staged, and answers when promoted', async () => {
    const staging = await world.want('stage', { staged: v1 });
    const loaded = await world.hear('model.loaded', 'the staged version', (ack) => ack.generation === staging);
    expect(loaded).toMatchObject({ instance: 'one', version: 'v1.0.0', digest: v1.digest, golden: { cases: 6 } });
    expect((await decide(one.url)).status).toBe(503);

    const promoting = await world.want('promote', { live: v1 });
    const activated = await world.hear('model.activated', 'the version', (ack) => ack.generation === promoting);
    expect(activated).toMatchObject({ instance: 'one', version: 'v1.0.0', digest: v1.digest });
    const { status, body } = await decide(one.url);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      model: 'backlink-outcome',
      model_version: 'v1.0.0',
      generation: promoting,
      role: 'live',
      decision: 'comment',
      propensity: 1,
    });
    const p = 1 / (1 + Math.exp(-1));
    expect(body.confidence).toBeCloseTo(p, 12);
    expect(body.probabilities).toEqual({ comment: body.confidence, forum: expect.closeTo(1 - p, 12) });
    expect((await get('/v2/health/ready')).status).toBe(200);
  });

  it('is followed by every answer on the topic of predictions, with the features as they were sent', async () => {
    const { body } = await decide(one.url, { task_id: 'task-7', site: { da: 90, note: 'kept' }, actions: ['forum'] });
    expect(body.decision).toBe('forum');
    const logged = await world.hear('predictions', 'the prediction', (p) => p.prediction_id === body.prediction_id);
    expect(logged).toMatchObject({
      model: 'backlink-outcome',
      task_id: 'task-7',
      instance: 'one',
      version: 'v1.0.0',
      role: 'live',
      site: { da: 90, note: 'kept' },
      decision: 'forum',
      probabilities: body.probabilities,
    });
    expect(world.heard.filter(({ topic, key }) => topic === 'predictions' && key === 'task-7')).toHaveLength(1);
  });

  it('names what it does not understand, or refuses it where that is asked for', async () => {
    const { body: understood } = await decide(one.url, { task_id: 1, features: { da: 90 } });
    expect(understood).not.toHaveProperty('warnings');
    const { body } = await decide(one.url, { task_id: 1, features: { dq: 90, da: 'many' } });
    expect(body).toMatchObject({
      decision: 'comment',
      warnings: [
        { field: 'features.dq', detail: 'there is no such feature; did you mean "da"?' },
        { field: 'features.da', detail: 'expected a number, got "many"; it counts as missing' },
      ],
    });
    const both = await decide(one.url, { task_id: 1, features: { da: 1 }, site: { da: 2 } });
    expect(both).toMatchObject({ status: 400, body: { errors: [{ field: 'site' }] } });
    const ask = (query: string) => decide(one.url, { task_id: 1, site: { dq: 90 } }, query);
    expect(await ask('?strict=true')).toMatchObject({ status: 400, body: { errors: [{ field: 'site.dq' }] } });
    expect((await ask('?strict=false')).status).toBe(200);
    expect(await ask('?strct=true')).toMatchObject({ status: 400, body: { title: 'Invalid request' } });
    const metrics = await (await fetch(`${one.url}/metrics`)).text();
    const counted = 'ratchet_serving_feature_problems_total{model="backlink-outcome",';
    expect(metrics).toContain(`${counted}feature="unknown",problem="unknown"}`);
    expect(metrics).toContain(`${counted}feature="da",problem="wrong-type"} 1`);
  });

  it('shows in heartbeats', async () => {
    const beat = await world.hear('serving.heartbeat', 'the version', ({ models }) => models[0]?.version === 'v1.0.0');
    expect(beat).toMatchObject({ instance: 'one', url: one.url, ready: true });
    expect(beat.models[0]).toMatchObject({
      model: 'backlink-outcome',
      generation: world.generation,
      digest: v1.digest,
    });
  });

  it('is undone by a rollback to a version that is still in memory', async () => {
    await world.deploy(v2, { live: v1 }, [one]);
    expect((await decide(one.url)).body).toMatchObject({ model_version: 'v1.1.0', decision: 'forum' });
    const back = await world.want('rollback', { live: v1, warm: [v2] });
    await world.activated(back, [one]);
    expect((await decide(one.url)).body).toMatchObject({ model_version: 'v1.0.0', generation: back });
  });

  it('of an older generation changes nothing', async () => {
    await world.want('promote', { live: v2, warm: [v1], generation: world.generation - 1 });
    // A later state proves that the older one has been read.
    const next = await world.want('rollback', { live: v1, warm: [v2] });
    await world.activated(next, [one]);
    expect((await decide(one.url)).body).toMatchObject({ model_version: 'v1.0.0', generation: next });
    expect(await (await fetch(`${one.url}/metrics`)).text()).toContain(
      'ratchet_serving_outdated_states_total{model="backlink-outcome"} 1',
    );
  });

  it('sends a canary the same tasks every time', async () => {
    const canary = await world.want('canary', { live: v1, canary: { ...v2, percent: 30 }, warm: [] });
    await world.activated(canary, [one]);
    const roleOf = async (task: number): Promise<unknown> => (await decide(one.url, { task_id: task })).body.role;
    const tasks = Array.from({ length: 200 }, (_, i) => i);
    const first = await Promise.all(tasks.map(roleOf));
    expect(await Promise.all(tasks.map(roleOf))).toEqual(first);
    const share = first.filter((role) => role === 'canary').length / tasks.length;
    expect(share).toBeGreaterThan(0.15);
    expect(share).toBeLessThan(0.45);
    await world.activated(await world.want('abort', { live: v1, warm: [v2] }), [one]);
    expect(await roleOf(first.indexOf('canary'))).toBe('live');
  });

  it('logs what a shadow would have said', async () => {
    await world.activated(await world.want('rollback', { live: v1, shadow: v2 }), [one]);
    await until('the shadow to be in memory', async () => {
      await decide(one.url, { task_id: 'shadowed' });
      return world.heard.some(
        ({ topic, value }) => topic === 'predictions' && value !== null && 'role' in value && value.role === 'shadow',
      );
    });
    const logged = await world.hear('predictions', 'the shadow', (p) => p.role === 'shadow');
    expect(logged).toMatchObject({ task_id: 'shadowed', version: 'v1.1.0', decision: 'forum' });
    await world.activated(await world.want('rollback', { live: v1, warm: [v2] }), [one]);
  });
});

describe('a version that is worse than always giving the same answer', () => {
  const degraded = {
    since: '2026-01-05T10:00:00.000Z',
    outcomes: 130,
    live_accuracy: 0.36,
    baseline_accuracy: 0.55,
    calibration: Array.from({ length: 10 }, () => ({ decisions: 10, came_true: 3 })),
  };

  it('says so, with a confidence that has come true lately', async () => {
    const { body: before } = await decide(one.url);
    await world.activated(await world.want('degraded', { live: v1, warm: [v2], degraded }), [one]);
    const { body } = await decide(one.url);
    expect(body).toMatchObject({ decision: before.decision, probabilities: before.probabilities, degraded: true });
    expect(body.confidence).toBeCloseTo(0.3);
    expect(DecideResponse.parse(body)).toMatchObject({ degraded: true });
    const answer = await infer('/v2/models/backlink-outcome/infer', {
      inputs: [{ name: 'da', datatype: 'FP64', shape: [1], data: [1] }],
    });
    expect(answer.body).toMatchObject({ parameters: { degraded: true } });
    await world.activated(await world.want('degraded', { live: v1, warm: [v2] }), [one]);
    expect((await decide(one.url)).body).toEqual({
      ...before,
      prediction_id: expect.any(String),
      generation: expect.any(Number),
    });
  });

  it('leaves the decision to the engine where the definition has it abstain, and logs what it would have been', async () => {
    const careful = await world.version('v1.2.0', { odds: [1, -1], fallback: 'abstain' });
    await world.activated(await world.want('promote', { live: careful, warm: [v1, v2] }), [one]);
    expect((await decide(one.url)).body).toMatchObject({ decision: 'comment' });
    await world.activated(await world.want('degraded', { live: careful, warm: [v1, v2], degraded }), [one]);
    const { body } = await decide(one.url, { task_id: 'left to the engine' });
    expect(body).toMatchObject({ decision: null, propensity: 1, degraded: true });
    const logged = await world.hear('predictions', 'the decision', (p) => p.task_id === 'left to the engine');
    expect(logged).toMatchObject({ decision: 'comment', propensity: 1, version: 'v1.2.0' });
    await world.activated(await world.want('rollback', { live: v1, warm: [v2] }), [one]);
  });
});

it('explains a decision where asked, in parts that add up', async () => {
  const { body } = await decide(one.url, { task_id: 1, site: { da: 90 }, explain: true });
  // Portable packages do not say how many training rows passed each node.
  expect(body).toMatchObject({ decision: 'comment', contributions: null });
});

it('takes a byte-order mark', async () => {
  expect((await decide(one.url, '\ufeff{"task_id":1,"site":{"da":90}}')).status).toBe(200);
});

it.each([
  ['GET', '/health/ready', undefined],
  ['POST', '/v1/decide', '{"task_id":1}'],
  ['POST', '/v1/decide', '{'],
  ['GET', '/v2/models/weather', undefined],
  ['GET', '/nowhere', undefined],
  ['GET', '/%zz', undefined],
])('answers are nobody’s to keep or to guess the type of: %s %s', async (method, path, body) => {
  const { headers } = await fetch(one.url + path, {
    method,
    ...(body === undefined ? {} : { body, headers: { 'content-type': 'application/json' } }),
  });
  expect(headers.get('cache-control')).toBe('no-store');
  expect(headers.get('x-content-type-options')).toBe('nosniff');
});

describe('a request that cannot be answered', () => {
  it.each([
    ['not JSON', '{', 400, /not JSON/],
    ['a list', '[]', 400, /expected object/],
    ['no task', '{}', 400, /task_id/],
    ['an unknown action', { task_id: 1, actions: ['forum', 'fax'] }, 400, /actions\.1: expected one of comment, forum/],
    ['a site that is a text', { task_id: 1, site: 'x' }, 400, /site/],
    ['an unknown model', { task_id: 1, model: 'weather' }, 404, /"weather".*backlink-outcome/],
    ['a model name that cannot be', { task_id: 1, model: 'A B' }, 400, /model/],
    [
      'a field 12,000 lists deep',
      `{"task_id":"p1","site":{"x":${'['.repeat(12_000)}${']'.repeat(12_000)}}}`,
      400,
      /at most 32 objects and arrays/,
    ],
    ['a number that overflows', '{"task_id":"p1","site":{"da":1e400}}', 400, /site\.da: expected a number below/],
    ['a NUL character', '{"task_id":"p1","site":{"note":"a\\u0000b"}}', 400, /site\.note: expected text without NUL/],
    ['half a character', '{"task_id":"\\ud800"}', 400, /task_id: expected whole characters/],
    ['too much', { task_id: 1, site: { note: 'x'.repeat(100_000) } }, 413, /too large/],
  ])('names what is wrong: %s', async (_, body, status, detail) => {
    const answer = await decide(one.url, body);
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ status, title: expect.any(String) });
    expect(String(answer.body.detail)).toMatch(detail);
  });
});

describe('the Open Inference Protocol', () => {
  const matrix = { name: 'input', datatype: 'FP32', shape: [2, 3], data: [10, 1, 0, null, 0, 1] };

  it('describes server and model', async () => {
    expect((await get('/v2')).body).toMatchObject({
      name: 'ratchet',
      extensions: expect.arrayContaining(['binary_tensor_data']),
    });
    expect((await get('/v2/models/backlink-outcome')).body).toMatchObject({
      name: 'backlink-outcome',
      versions: ['v1.0.0', 'v1.1.0'],
      inputs: [{ name: 'input', datatype: 'FP32', shape: [-1, 3] }],
      raw_inputs: [{ name: 'da' }, { name: 'action' }],
      columns: ['da', 'action=comment', 'action=forum'],
    });
    expect((await get('/v2/models/backlink-outcome/ready')).status).toBe(200);
    expect((await get('/v2/models/backlink-outcome/versions/v1.1.0/ready')).status).toBe(200);
    expect((await get('/v2/models/backlink-outcome/versions/v9.0.0/ready')).status).toBe(404);
    expect((await get('/v2/models/weather/ready')).status).toBe(404);
    expect((await get('/v2/models/weather')).status).toBe(404);
  });

  it('evaluates a matrix of encoded columns, flat or nested', async () => {
    const flat = await infer('/v2/models/backlink-outcome/infer', { id: 'a', inputs: [matrix] });
    expect(flat.status).toBe(200);
    expect(flat.body).toMatchObject({
      model_name: 'backlink-outcome',
      model_version: 'v1.0.0',
      id: 'a',
      outputs: [
        { name: 'probabilities', datatype: 'FP64', shape: [2, 2] },
        { name: 'decision', datatype: 'BYTES', shape: [2], data: ['success', 'failed'] },
      ],
    });
    const nested = { ...matrix, data: [matrix.data.slice(0, 3), matrix.data.slice(3)] };
    const again = await infer('/v2/models/backlink-outcome/infer', { id: 'a', inputs: [nested] });
    expect(again.body).toEqual(flat.body);
  });

  it('evaluates raw features by any version in memory', async () => {
    const inputs = [{ name: 'da', datatype: 'INT64', shape: [2, 1], data: [10, null] }];
    const { body } = await infer('/v2/models/backlink-outcome/versions/v1.1.0/infer', { inputs });
    expect(body).toMatchObject({
      model_version: 'v1.1.0',
      parameters: { role: 'warm', labels: 'comment,forum' },
      outputs: [{ shape: [2, 2] }, { data: ['forum', 'forum'] }],
    });
    const action = { name: 'action', datatype: 'BYTES', shape: [2], data: ['comment', 'forum'] };
    const outputs = [{ name: 'decision' }];
    const chosen = await infer('/v2/models/backlink-outcome/infer', { inputs: [...inputs, action], outputs });
    expect(chosen.body).toMatchObject({ outputs: [{ name: 'decision', data: ['success', 'failed'] }] });
  });

  it.each([
    [
      'another width',
      { inputs: [{ ...matrix, shape: [3, 2] }] },
      400,
      /"input": shape is \[3, 2\], expected \[rows, 3\]/,
    ],
    ['too few values', { inputs: [{ ...matrix, data: [1] }] }, 400, /"input": shape \[2, 3\] asks for 6 values/],
    ['an unknown datatype', { inputs: [{ ...matrix, datatype: 'F32' }] }, 400, /inputs\[0\]\.datatype of "input"/],
    ['no inputs', {}, 400, /inputs/],
    ['an unknown output', { inputs: [matrix], outputs: [{ name: 'x' }] }, 400, /output "x"/],
    ['an unknown feature', { inputs: [{ name: 'x', datatype: 'BYTES', shape: [1], data: ['a'] }] }, 400, /input "x"/],
  ])('says what is wrong: %s', async (_, body, status, error) => {
    const answer = await infer('/v2/models/backlink-outcome/infer', body);
    expect(answer).toMatchObject({ status, body: { error: expect.stringMatching(error) } });
  });
});

describe('a package that cannot be trusted', () => {
  it('is refused when its golden predictions differ', async () => {
    const files = withWrongGolden(samplePackage({ odds: [0.5, 0.6] }));
    const wrong = await world.version('v1.2.0', files);
    const staging = await world.want('stage', { live: v1, staged: wrong, warm: [v2] });
    const failed = await world.hear('model.activation-failed', 'the refusal', (f) => f.generation === staging);
    expect(failed).toMatchObject({ instance: 'one', version: 'v1.2.0', reason: 'golden-mismatch' });
    expect(failed.detail).toContain('golden case 0: probability of "failed"');
    expect((await get('/health/ready')).status).toBe(200);
  });

  it('is refused when its bytes are not those of the digest; the instance answers on, and says it cannot follow', async () => {
    const damaged = await world.version('v1.3.0', { odds: [0.7, 0.6] });
    await appendFile(join(world.home, 'artifacts/packages', hexOf(damaged.digest), 'model.trees.json'), ' ');
    const promoting = await world.want('promote', { live: damaged, warm: [v1, v2] });
    const failed = await world.hear('model.activation-failed', 'the refusal', (f) => f.generation === promoting);
    expect(failed).toMatchObject({ version: 'v1.3.0', reason: 'digest-mismatch' });
    expect((await decide(one.url)).body).toMatchObject({ model_version: 'v1.0.0' });
    const { status, body } = await get('/health/ready');
    expect(status).toBe(503);
    expect(JSON.stringify(body)).toContain(`cannot follow generation ${promoting}`);
    await world.activated(await world.want('rollback', { live: v1, warm: [v2] }), [one]);
    expect((await get('/health/ready')).status).toBe(200);
  });

  it('is loaded after all when the store has recovered', async () => {
    const late = await world.version('v1.4.0', { odds: [0.8, 0.6] });
    const folder = join(world.home, 'artifacts/packages', hexOf(late.digest));
    await rename(folder, `${folder}-away`);
    const staging = await world.want('stage', { live: v1, staged: late, warm: [v2] });
    await world.hear('model.activation-failed', 'the refusal', (f) => f.generation === staging);
    await rename(`${folder}-away`, folder);
    await world.hear('model.loaded', 'the second try', (ack) => ack.generation === staging);
    await world.activated(await world.want('abort', { live: v1, warm: [v2] }), [one]);
  });
});

it('two hundred swaps under load fail no request, and no answer is older than what was acknowledged', async () => {
  let acknowledged = 0;
  let running = true;
  const failures: unknown[] = [];
  let answers = 0;
  const clients = Array.from({ length: 8 }, async (_, client) => {
    while (running) {
      const since = acknowledged;
      const { status, body } = await decide(one.url, { task_id: client }).catch((error: unknown) => ({
        status: 0,
        body: { error: String(error), generation: 0 },
      }));
      answers++;
      if (status !== 200 || Number(body.generation) < since) failures.push({ status, body, since });
    }
  });
  for (let i = 0; i < 200; i++) {
    const [live, warm] = i % 2 === 0 ? [v2, v1] : [v1, v2];
    const swap = await world.want('rollback', { live, warm: [warm] });
    await world.activated(swap, [one]);
    acknowledged = swap;
  }
  running = false;
  await Promise.all(clients);
  expect(failures).toEqual([]);
  expect(answers).toBeGreaterThan(200);
});

describe('an instance that starts', () => {
  it('goes straight to the highest generation', async () => {
    const two = await world.serve('two');
    expect((await decide(two.url)).body).toMatchObject({ model_version: 'v1.0.0', generation: world.generation });
    await world.activated(world.generation, [two]);
    await two.child.stop();
    expect(two.child.exit()).toEqual({ code: 0, signal: null });
    const goodbye = (): boolean =>
      world.heard.some(({ topic, key, value }) => topic === 'serving.heartbeat' && key === 'two' && value === null);
    await until('the goodbye of "two"', goodbye);
  });

  it('needs no artifact store for what it had loaded before', async () => {
    const away = { ARTIFACTS_URL: 'file:///nowhere/at/all' };
    const two = await world.serve('two', away);
    expect((await decide(two.url)).body).toMatchObject({ model_version: 'v1.0.0' });
    const fresh = await world.version('v1.5.0', { odds: [0.9, 0.6] });
    const staging = await world.want('stage', { live: v1, staged: fresh, warm: [v2] });
    const failed = await world.hear(
      'model.activation-failed',
      'the refusal of "two"',
      (f) => f.generation === staging && f.instance === 'two',
    );
    expect(failed.reason).toBe('package-missing');
    await two.child.stop();
  });

  it('asks for a token where others than this machine can reach it', async () => {
    const sha256 = createHash('sha256').update('a-token-of-the-engine').digest('hex');
    const tokens = JSON.stringify([{ name: 'engine', role: 'viewer', sha256 }]);
    await writeFile(join(world.home, 'tokens.json'), tokens);
    const grpcPort = await freePort();
    const open = await world.serve('open', { HOST: '0.0.0.0', GRPC_PORT: String(grpcPort) });
    expect((await decide(open.url)).status).toBe(401);
    for (const [token, code] of [
      [undefined, status.UNAUTHENTICATED],
      ['another-token', status.UNAUTHENTICATED],
      ['a-token-of-the-engine', null],
    ] as const) {
      const client = new GrpcClient(`127.0.0.1:${grpcPort}`, token);
      const outcome = await client.infer(1).then(
        () => ({ code: null }),
        (error: unknown) => error,
      );
      expect(outcome).toMatchObject({ code });
      client.close();
    }
    const answer = await fetch(`${open.url}/v2/models/backlink-outcome`);
    expect(answer.status).toBe(401);
    expect(await answer.json()).toMatchObject({ error: expect.stringContaining('token') });
    expect((await fetch(`${open.url}/health/live`)).status).toBe(200);
    await open.child.stop();
  });
});

describe('an instance with limits', () => {
  const RATE = 20;
  const grpcPort = freePort();
  let limited: Instance;
  let grpc: GrpcClient;
  const post = async (path: string, body: string | Buffer, headers: Record<string, string> = {}) => {
    const response = await fetch(`${limited.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    });
    return { status: response.status, headers: response.headers, body: await response.json() };
  };
  const inferPath = '/v2/models/backlink-outcome/infer';
  const rows = (count: number) => ({
    inputs: [{ name: 'da', datatype: 'FP64', shape: [count], data: Array.from({ length: count }, () => 10) }],
  });

  beforeAll(async () => {
    limited = await world.serve('limited', {
      RATE_LIMIT: String(RATE),
      MAX_BATCH_ROWS: '3',
      DECIDE_BODY_LIMIT: '1024',
      INFER_BODY_LIMIT: '4096',
      GRPC_PORT: String(await grpcPort),
    });
    grpc = new GrpcClient(`127.0.0.1:${await grpcPort}`);
  });
  afterAll(async () => {
    grpc.close();
    await limited.child.stop();
  });

  it('refuses bodies and batches above them with 413, each in its protocol’s form', async () => {
    const large = JSON.stringify({ task_id: 1, site: { note: 'x'.repeat(1024) } });
    const problem = { status: 413, title: 'Too large', detail: expect.stringContaining('too large') };
    expect(await post('/v1/decide', large)).toMatchObject({ status: 413, body: problem });
    // A few bytes that unpack to many.
    const bomb = gzipSync(JSON.stringify({ task_id: 1, site: { note: 'x'.repeat(10_000_000) } }));
    const unpacked = await post('/v1/decide', bomb, { 'content-encoding': 'gzip' });
    expect(bomb.length).toBeGreaterThan(1024);
    expect(unpacked).toMatchObject({ status: 413, body: problem });
    const small = gzipSync(JSON.stringify({ task_id: 1, site: { note: 'x'.repeat(100_000) } }));
    expect(small.length).toBeLessThan(1024);
    expect(await post('/v1/decide', small, { 'content-encoding': 'gzip' })).toMatchObject({
      status: 413,
      body: problem,
    });

    expect(await post(inferPath, JSON.stringify(rows(3)))).toMatchObject({ status: 200 });
    expect(await post(inferPath, JSON.stringify(rows(4)))).toMatchObject({
      status: 413,
      body: { error: 'the batch has 4 rows, at most 3 are taken; send it in parts' },
    });
    expect(await post(inferPath, JSON.stringify(rows(2000)))).toMatchObject({
      status: 413,
      body: { error: expect.stringMatching(/the body has more than \d+ bytes \(INFER_BODY_LIMIT\)/) },
    });
    await expect(grpc.infer(3)).resolves.toMatchObject({ model_version: 'v1.0.0' });
    await expect(grpc.infer(4)).rejects.toMatchObject({
      code: status.RESOURCE_EXHAUSTED,
      details: expect.stringContaining('at most 3'),
    });
    await expect(grpc.infer(2000)).rejects.toMatchObject({ code: status.RESOURCE_EXHAUSTED });
  });

  it.each([
    ['/v1/decide', '{"task_id":1}', { title: 'Too many requests', detail: expect.stringContaining('RATE_LIMIT') }],
    [inferPath, JSON.stringify(rows(1)), { error: expect.stringContaining('RATE_LIMIT') }],
  ])('answers the rest with 429 and when to ask again: %s', async (path, request, body) => {
    // A second's worth is taken by who asked before.
    await until('requests to be taken again', async () => (await post(path, request)).status === 200);
    const answers = await Promise.all(Array.from({ length: RATE * 3 }, () => post(path, request)));
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(RATE / 2);
    expect(refused[0]?.body).toMatchObject(body);
    expect(refused[0]?.headers.get('retry-after')).toBe('1');
    expect([200, 429]).toEqual(expect.arrayContaining(answers.map(({ status }) => status)));
  });

  it('refuses the rest over gRPC as well', async () => {
    const calls = Array.from({ length: RATE * 3 }, () => grpc.infer(1));
    const refused = (await Promise.allSettled(calls)).filter((result) => result.status === 'rejected');
    expect(refused.length).toBeGreaterThan(RATE / 2);
    expect(refused[0]?.reason).toMatchObject({
      code: status.RESOURCE_EXHAUSTED,
      details: expect.stringContaining('RATE_LIMIT'),
    });
  });
});

it('an instance that is told to stop answers everything until callers have moved away', async () => {
  const three = await world.serve('three');
  let stopped = false;
  let answers = 0;
  const failures: unknown[] = [];
  const clients = Array.from({ length: 8 }, async () => {
    // As a load balancer does: an answer that closes its connection is the sign to go elsewhere.
    let url = three.url;
    while (!stopped) {
      const response = await fetch(`${url}/v1/decide`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"task_id":1}',
      }).catch((error: unknown) => failures.push(error));
      if (typeof response === 'number') return;
      await response.text();
      answers++;
      if (response.status !== 200) failures.push(response.status);
      if (response.headers.get('connection') === 'close') url = one.url;
    }
    expect(url).toBe(one.url);
  });
  await until('some answers', () => answers > 100);
  await three.child.stop();
  stopped = true;
  await Promise.all(clients);
  expect(failures).toEqual([]);
  expect(three.child.exit()).toEqual({ code: 0, signal: null });
});

it('without Kafka an instance answers on, and so does one that is started', async () => {
  await world.activated(await world.want('rollback', { live: v1, warm: [v2] }), [one]);
  await world.broker.child.stop();
  for (let i = 0; i < 100; i++) expect((await decide(one.url)).status).toBe(200);
  await until('the instance to notice', async () => (await get('/health/ready')).body, { deadlineMs: 1000 });
  await until(
    'health to say it is cut off',
    async () => JSON.stringify((await get('/health/ready')).body).includes('"degraded"'),
    { deadlineMs: 30_000 },
  );
  expect((await get('/health/ready')).status).toBe(200);
  const port = Number(new URL(one.url).port);
  await one.child.stop();
  expect(one.child.exit()).toEqual({ code: 0, signal: null });
  // It is not ready, for it may have missed something; but it answers.
  void world.serve('one', {}, port).catch(() => undefined);
  const answer = await until('an answer without Kafka', async () => {
    const { status, body } = await decide(one.url);
    return status === 200 && body;
  });
  expect(answer).toMatchObject({ model_version: 'v1.0.0', generation: world.generation });
  expect((await get('/health/ready')).status).toBe(503);
});
