import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { DesiredState } from '#contracts/events/deployment';
import { AuditVerification } from '#contracts/http/audit';
import { CommandAccepted } from '#contracts/http/deployments';
import { ModelStatus } from '#contracts/http/models';
import { VersionSummary } from '#contracts/http/versions';
import { DEFAULT_MODEL } from '#contracts/primitives';
import { DESIRED_STATE_TOPICS } from '#contracts/topics';
import { EventProducer } from '#kafka/produce/producer';
import { freePort } from '../../deploy/local/ports.js';
import { until } from '../../deploy/local/until.js';
import { FakeInstance } from '../e2e/fake-instance.js';
import { evaluated, RegistryClient, trained } from '../e2e/registry-client.js';
import { useStack } from '../stack/use-stack.js';
import { ServiceProcess } from './service-process.js';

const ROUNDS = 12;

const stack = useStack('registry-crash', { services: [], infrastructure: 'own durable' });
const base = `/v1/models/${DEFAULT_MODEL}`;
let service: ServiceProcess;
let registry: RegistryClient;
let instances: FakeInstance[];
/** Every desired state that was ever published, repeats too. */
const published: DesiredState[] = [];
let reader: { disconnect(): Promise<void> };

const status = () => registry.get(ModelStatus, base);

beforeAll(async () => {
  const { kafka, logger } = stack();
  service = new ServiceProcess(stack(), 'registry', await freePort());
  await service.start();
  registry = new RegistryClient(service.url, stack().token);
  const consumer = kafka.consumer({ groupId: 'test-desired-states', maxWaitTimeInMs: 50 });
  await consumer.connect();
  await consumer.subscribe({ topics: [...DESIRED_STATE_TOPICS], fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ message }) => void published.push(DesiredState.parse(JSON.parse(String(message.value)))),
  });
  reader = consumer;
  instances = await Promise.all(['serving-a', 'serving-b'].map((name) => new FakeInstance(kafka, name).start()));
  await until('both instances to be present', async () => (await status()).instances.length === 2);
  const producer = new EventProducer({ kafka, source: 'test', logger });
  for (const name of ['one', 'two']) await producer.publish('model.evaluated', evaluated(trained(name), 'pass'));
  await producer.disconnect();
  await until('two versions', async () => (await status()).versions === 2);
  const { deployment_id } = await registry.command('deploy', { version: 'v1.0.0', reason: 'the first' });
  await until('the first to be live', async () => (await registry.deployment(deployment_id)).finished_at !== null);
});

afterAll(async () => {
  await service?.kill('SIGTERM');
  for (const instance of instances ?? []) await instance.stop();
  await reader?.disconnect();
});

describe('a registry that is killed at any moment of a command', () => {
  it('carries the command out once and publishes one generation for it', async () => {
    const first = (await status()).generation;
    const accepted: CommandAccepted[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const body = { command_id: randomUUID(), reason: `round ${round}`, version: round % 2 ? 'v1.0.0' : 'v1.1.0' };
      const send = () => registry.request('POST', `${base}/rollback`, body);
      const interrupted = send().catch(() => null);
      // Before it arrives, in the transaction, between commit and publish, or after: no round knows.
      await pause((round % 6) * 3 + Math.random() * 3);
      await service.kill();
      await interrupted;
      await service.start();
      // What a careful client does: it sends the same command again until there is an answer.
      accepted.push(await until('an answer', async () => CommandAccepted.safeParse((await send()).body).data ?? null));
    }
    expect(accepted.map(({ generation }) => generation)).toEqual(accepted.map((_, i) => first + 1 + i));

    const last = first + ROUNDS;
    await until('both instances to follow', () => instances.every(({ generation }) => generation === last));
    await until('the last rollback to be done', async () => (await status()).deployment === null);
    const byGeneration = new Map<number, DesiredState[]>();
    for (const state of published)
      byGeneration.set(state.generation, [...(byGeneration.get(state.generation) ?? []), state]);
    // None is missing, none is left out, and a repeat says the same as the first time.
    expect([...byGeneration.keys()].sort((a, b) => a - b)).toEqual(Array.from({ length: last }, (_, i) => i + 1));
    for (const states of byGeneration.values())
      expect(new Set(states.map((state) => JSON.stringify(state))).size).toBe(1);

    const live = (await registry.get(z.array(VersionSummary), `${base}/versions`)).filter((v) => v.state === 'live');
    expect(live.map(({ version }) => version)).toEqual([instances[0]?.version]);
    expect(await registry.get(AuditVerification, '/v1/audit/verify')).toMatchObject({ intact: true });
    expect(await stack().query('select count(*)::int as waiting from registry.outbox')).toEqual([{ waiting: 0 }]);
  });
});
