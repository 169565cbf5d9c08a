import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import type { Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ModelStatistics } from '#contracts/http/inference';
import type { VersionRef } from '#contracts/primitives';
import { freePort } from '../../deploy/local/ports.js';
import { until } from '../../deploy/local/until.js';
import { GrpcClient } from './grpc-client.js';
import { decide, type Heard, type Instance, ServingWorld } from './serving-world.js';

const Readiness = z.object({
  status: z.string(),
  checks: z.array(z.object({ name: z.string(), status: z.string(), reason: z.string().optional() })),
  workers: z.object({ wanted: z.number(), answering: z.number() }),
});

const Prediction = z.object({ instance: z.string(), prediction_id: z.string() });
const Generation = z.object({ generation: z.number() });
const Beat = z.object({ instance: z.string(), ready: z.boolean() });

let world: ServingWorld;
let pair: Instance;
let grpcPort: number;
let v1: VersionRef;
let v2: VersionRef;
/** Of every decision that was answered. */
const answered: string[] = [];

const readiness = async () => {
  const response = await fetch(`${pair.url}/health/ready`, { signal: AbortSignal.timeout(5_000) });
  return { code: response.status, ...Readiness.parse(await response.json()) };
};
const whole = () =>
  until('both workers to answer', async () => {
    const { workers } = await readiness();
    return workers.answering === 2;
  });
const workerPids = (): number[] =>
  execFileSync('ps', ['-o', 'pid=', '--ppid', String(pair.child.pid)])
    .toString()
    .trim()
    .split('\n')
    .map(Number);

/** A caller with one connection: it is answered by one worker as long as that lives. */
class Caller {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 1 });
  socket: Socket | null = null;

  async post(path: string, body: unknown): Promise<Record<string, unknown>> {
    const asked = request(`${pair.url}${path}`, {
      method: 'POST',
      agent: this.agent,
      signal: AbortSignal.timeout(5_000),
      headers: { 'content-type': 'application/json' },
    });
    asked.end(JSON.stringify(body));
    const [response] = await once(asked, 'response');
    this.socket = asked.socket;
    const text = Buffer.concat(await response.toArray()).toString();
    expect({ status: response.statusCode, text }).toMatchObject({ status: 200 });
    return JSON.parse(text);
  }

  async decide(taskId: number): Promise<Record<string, unknown>> {
    const answer = await this.post('/v1/decide', { task_id: taskId });
    answered.push(String(answer.prediction_id));
    return answer;
  }

  close(): void {
    this.agent.destroy();
  }
}

async function total(metric: string, ...labels: string[]): Promise<number> {
  const text = await (await fetch(`${pair.url}/metrics`)).text();
  const lines = text.split('\n').filter((line) => line.startsWith(metric) && labels.every((one) => line.includes(one)));
  expect(lines).not.toEqual([]);
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

/** What was heard on a topic, as far as it is looked at here; nothing of tombstones. */
const said = <T>(topic: Heard['topic'], schema: z.ZodType<T>, from = 0): T[] =>
  world.heard
    .slice(from)
    .flatMap((heard) => (heard.topic === topic && heard.value !== null ? [schema.parse(heard.value)] : []));

/** The ids of all its decisions on the topic. */
const loggedIds = (): string[] =>
  said('predictions', Prediction).flatMap(({ instance, prediction_id }) =>
    instance === 'pair' ? [prediction_id] : [],
  );
const allLogged = () =>
  until('every decision to be logged', () => {
    const logged = new Set(loggedIds());
    return answered.every((id) => logged.has(id));
  });

beforeAll(async () => {
  world = await ServingWorld.start();
  v1 = await world.version('v1.0.0', { odds: [1, -1] });
  v2 = await world.version('v1.1.0', { odds: [-1, 1] });
  grpcPort = await freePort();
  pair = await world.serve('pair', { SERVING_WORKERS: '2', GRPC_PORT: String(grpcPort) });
  await whole();
});
afterAll(() => world.stop());

describe('an instance of two workers', () => {
  it('is one to the registry: one heartbeat, one acknowledgement', async () => {
    const promoted = await world.deploy(v1, {}, [pair]);
    expect(await readiness()).toMatchObject({ code: 200, status: 'up', workers: { wanted: 2, answering: 2 } });
    await world.hear('serving.heartbeat', 'v1.0.0', ({ models }) => models[0]?.generation === promoted);
    expect(new Set(world.heard.map(({ key }) => key))).toEqual(new Set(['pair']));
    const acknowledgements = world.heard.filter(({ topic }) => topic === 'model.loaded' || topic === 'model.activated');
    expect(acknowledgements.map(({ topic }) => topic)).toEqual(['model.loaded', 'model.activated']);
  });

  it('swaps under load: no request fails, and no answer is older than what was acknowledged', async () => {
    let acknowledged = 0;
    let running = true;
    const failures: unknown[] = [];
    const versions = new Set<unknown>();
    const clients = Array.from({ length: 8 }, async (_, client) => {
      const caller = new Caller();
      while (running) {
        const since = acknowledged;
        const answer = await caller.decide(client).catch((error: unknown) => failures.push(error));
        if (typeof answer === 'number') continue;
        if (Number(answer.generation) < since) failures.push({ answer, since });
        versions.add(answer.model_version);
      }
      caller.close();
    });
    for (let i = 0; i < 50; i++) {
      const [live, warm] = i % 2 === 0 ? [v2, v1] : [v1, v2];
      const swap = await world.want('rollback', { live, warm: [warm] });
      await world.activated(swap, [pair]);
      acknowledged = swap;
    }
    running = false;
    await Promise.all(clients);
    expect(failures).toEqual([]);
    const activations = said('model.activated', Generation).map(({ generation }) => generation);
    expect(activations).toHaveLength(new Set(activations).size);
    expect([...versions].sort()).toEqual(['v1.0.0', 'v1.1.0']);
  });

  it('refuses a version as one, and answers on', async () => {
    const broken: VersionRef = { ...v2, version: 'v9.0.0', digest: `sha256:${'0'.repeat(64)}` };
    const staging = await world.want('stage', { live: v1, staged: broken, warm: [v2] });
    await world.hear('model.activation-failed', 'the refusal', ({ generation }) => generation === staging);
    await world.activated(await world.want('abort', { live: v1, warm: [v2] }), [pair]);
    expect(world.heard.filter(({ topic }) => topic === 'model.activation-failed')).toHaveLength(1);
  });

  it('answers gRPC on one port as well', async () => {
    const clients = [1, 2, 3].map(() => new GrpcClient(`127.0.0.1:${grpcPort}`));
    for (const client of clients) {
      expect(await client.infer(2)).toMatchObject({ model_version: 'v1.0.0' });
      client.close();
    }
  });

  it('shows sums: metrics, and the statistics of infer requests', async () => {
    const callers = [new Caller(), new Caller()];
    const label = 'version="v1.0.0"';
    const statistics = async () => {
      const answer = await fetch(`${pair.url}/v2/models/backlink-outcome/versions/v1.0.0/stats`);
      return ModelStatistics.parse(await answer.json()).model_stats[0]?.inference_count ?? Number.NaN;
    };
    const [before, infers] = [await total('ratchet_serving_predictions_total', label), await statistics()];
    for (const caller of callers) {
      for (let task = 0; task < 25; task++) await caller.decide(task);
      const inputs = [{ name: 'da', datatype: 'FP64', shape: [2], data: [1, 2] }];
      for (let i = 0; i < 5; i++) await caller.post('/v2/models/backlink-outcome/infer', { inputs });
      caller.close();
    }
    expect((await total('ratchet_serving_predictions_total', label)) - before).toBe(2 * (25 + 5 * 2));
    expect((await statistics()) - infers).toBe(2 * 5 * 2);
    expect(await total('ratchet_serving_decide_seconds_count')).toBe(answered.length);
    expect(await total('ratchet_serving_kafka_connected')).toBe(1);
    expect(await total('ratchet_serving_generation', 'which="acting"')).toBe(world.generation);
  });

  it('gives the canary the same tasks in both, and does with one while the other is replaced', async () => {
    const state = { live: v1, canary: { ...v2, percent: 30 }, warm: [] };
    await world.activated(await world.want('canary', state), [pair]);
    const callers = [new Caller(), new Caller()];
    const roles = await Promise.all(
      callers.map(async (caller) => {
        const given: unknown[] = [];
        for (let task = 0; task < 100; task++) given.push((await caller.decide(task)).role);
        return given;
      }),
    );
    expect(new Set(roles[0])).toEqual(new Set(['live', 'canary']));
    expect(roles[1]).toEqual(roles[0]);

    // What one that is killed has not sent yet dies with it.
    await allLogged();
    const heardBefore = world.heard.length;
    const [first = Number.NaN, second] = workerPids();
    process.kill(first, 'SIGKILL');
    const sockets = callers.flatMap(({ socket }) => socket ?? []);
    await until('a connection to break', () => sockets.some(({ destroyed }) => destroyed), { everyMs: 5 });
    // Each had been answered by another worker.
    expect(sockets.map(({ destroyed }) => destroyed).sort()).toEqual([false, true]);
    // Whoever comes is answered by what is current, by the one that is left or by the one that has just come.
    const generations = new Set<unknown>();
    const codes = new Set<number>();
    const reasons = new Set<string | undefined>();
    await until('the other worker to be there', async () => {
      const caller = new Caller();
      generations.add((await caller.decide(1)).generation);
      caller.close();
      const { code, workers, checks } = await readiness();
      codes.add(code);
      if (workers.answering === 2) return !workerPids().includes(first);
      reasons.add(checks.find(({ name }) => name === 'workers')?.reason);
      return false;
    });
    expect([...generations]).toEqual([world.generation]);
    expect([...codes]).toEqual([200]);
    // It may be back before anybody looks.
    reasons.delete('1 of 2 workers answer; the others are being started');
    expect([...reasons]).toEqual([]);
    expect(workerPids()).toContain(second);
    expect(workerPids()).not.toContain(first);
    for (const caller of [new Caller(), new Caller(), new Caller()]) {
      expect(await caller.decide(2)).toMatchObject({ generation: world.generation });
      caller.close();
    }
    const next = await world.want('promote', { live: v2, warm: [v1] });
    await world.activated(next, [pair]);
    for (const caller of [...callers, new Caller()]) {
      expect(await caller.decide(3)).toMatchObject({ generation: next, model_version: 'v1.1.0' });
      caller.close();
    }
    await world.hear('serving.heartbeat', 'the promotion', ({ models }) => models[0]?.generation === next);
    const beats = said('serving.heartbeat', Beat, heardBefore);
    expect(beats.filter(({ instance, ready }) => instance !== 'pair' || !ready)).toEqual([]);
    const goodbyes = world.heard.filter(({ topic, value }) => topic === 'serving.heartbeat' && value === null);
    expect(goodbyes).toEqual([]);
  });

  it('that is told to stop answers everything until callers have moved away, and logs each decision once', async () => {
    const other = await world.serve('other');
    let stopped = false;
    let here = 0;
    const failures: unknown[] = [];
    const clients = Array.from({ length: 8 }, async () => {
      // As a load balancer does: an answer that closes its connection is the sign to go elsewhere.
      let url = pair.url;
      while (!stopped) {
        const response = await fetch(`${url}/v1/decide`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: '{"task_id":1}',
        }).catch((error: unknown) => failures.push(error));
        if (typeof response === 'number') return;
        const { prediction_id } = z.object({ prediction_id: z.string() }).parse(await response.json());
        if (response.status !== 200) failures.push(response.status);
        if (url === pair.url) {
          answered.push(prediction_id);
          here++;
        }
        if (response.headers.get('connection') === 'close') url = other.url;
      }
      expect(url).toBe(other.url);
    });
    await until('some answers', () => here > 500);
    const pids = workerPids();
    expect(pids).toHaveLength(2);
    await pair.child.stop();
    stopped = true;
    await Promise.all(clients);
    expect(failures).toEqual([]);
    expect(pair.child.exit()).toEqual({ code: 0, signal: null });
    expect((await decide(other.url)).status).toBe(200);

    await allLogged();
    const logged = loggedIds();
    expect(logged).toHaveLength(new Set(logged).size);
    const goodbye = () =>
      world.heard.some(({ topic, key, value }) => topic === 'serving.heartbeat' && key === 'pair' && value === null);
    await until('the goodbye', goodbye);
  });
});
