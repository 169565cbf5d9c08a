import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { DesiredState } from '#contracts/events/deployment';
import { AuditVerification } from '#contracts/http/audit';
import { CommandAccepted, Deployment } from '#contracts/http/deployments';
import { ModelStatus } from '#contracts/http/models';
import { DEFAULT_MODEL } from '#contracts/primitives';
import { DESIRED_STATE_TOPICS } from '#contracts/topics';
import { EventProducer } from '#kafka/produce/producer';
import { freePorts } from '../../deploy/local/ports.js';
import { until } from '../../deploy/local/until.js';
import { FakeInstance } from '../e2e/fake-instance.js';
import { evaluated, RegistryClient, trained } from '../e2e/registry-client.js';
import { useStack } from '../stack/use-stack.js';
import { Recovery } from './recovery.js';
import { ServiceProcess } from './service-process.js';

const stack = useStack('registry-replicas', { services: [] });
const FROZEN_AND_OTHER = [
  [0, 1],
  [1, 2],
  [2, 0],
] as const;
const base = `/v1/models/${DEFAULT_MODEL}`;
const published: DesiredState[] = [];
let services: ServiceProcess[];
let clients: RegistryClient[];
let instances: FakeInstance[];
let reader: { disconnect(): Promise<void> };

const client = (index: number): RegistryClient => {
  const found = clients[index];
  if (!found) throw new Error(`there is no registry ${index}`);
  return found;
};
const status = (index = 0) => client(index).get(ModelStatus, base);

beforeAll(async () => {
  const { kafka, logger } = stack();
  services = (await freePorts(3)).map((port) => new ServiceProcess(stack(), 'registry', port));
  await Promise.all(services.map((service) => service.start()));
  clients = services.map(({ url }) => new RegistryClient(url, stack().token));
  const consumer = kafka.consumer({ groupId: 'test-desired-states', maxWaitTimeInMs: 50 });
  await consumer.connect();
  await consumer.subscribe({ topics: [...DESIRED_STATE_TOPICS], fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ message }) => void published.push(DesiredState.parse(JSON.parse(String(message.value)))),
  });
  reader = consumer;
  instances = await Promise.all(['serving-a', 'serving-b'].map((name) => new FakeInstance(kafka, name).start()));
  for (const index of [0, 1, 2])
    await until('every registry to see both', async () => (await status(index)).instances.length === 2);
  const producer = new EventProducer({ kafka, source: 'test', logger });
  for (const name of ['one', 'two', 'three'])
    await producer.publish('model.evaluated', evaluated(trained(name), 'pass'));
  await producer.disconnect();
  await until('three versions', async () => (await status()).versions === 3);
  await client(0).command('deploy', { version: 'v1.0.0', reason: 'the first' });
  await until('it to be live', async () => {
    const { live, deployment } = await status();
    return live !== null && deployment === null;
  });
});

afterAll(async () => {
  for (const instance of instances ?? []) await instance.stop();
  await reader?.disconnect();
  for (const service of services ?? []) await service.kill('SIGTERM');
});

/** What must hold whatever happened: one history, each generation published, and every repeat equal. */
async function checkHistory(index: number): Promise<void> {
  const { generation } = await status(index);
  await until('every generation to be published', () =>
    Array.from({ length: generation }, (_, i) => i + 1).every((g) => published.some((s) => s.generation === g)),
  );
  for (let g = 1; g <= generation; g++) {
    const states = published.filter((state) => state.generation === g).map((state) => JSON.stringify(state));
    expect(new Set(states).size).toBe(1);
  }
  await until('the instances to follow', () => instances.every((instance) => instance.generation === generation));
  expect(await client(index).get(AuditVerification, '/v1/audit/verify')).toMatchObject({ intact: true });
}

describe('several registries', () => {
  it('bring the commands of several operators into one order', async () => {
    const first = (await status()).generation;
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, i) =>
        client(i % 3).request('POST', `${base}/rollback`, {
          command_id: randomUUID(),
          version: ['v1.0.0', 'v1.1.0', 'v1.2.0'][i % 3],
          reason: `operator ${i}`,
        }),
      ),
    );
    const accepted = answers.filter(({ status }) => status === 202).map(({ body }) => CommandAccepted.parse(body));
    const generations = accepted.map(({ generation }) => generation).sort((a, b) => a - b);
    expect(generations).toEqual(generations.map((_, i) => first + 1 + i));
    expect(answers.filter(({ status }) => status !== 202).map(({ body }) => body)).toEqual(
      answers.filter(({ status }) => status !== 202).map(() => expect.objectContaining({ code: 'already-live' })),
    );
    // Each command starts where the one before it ended.
    const inOrder = accepted.sort((a, b) => a.generation - b.generation);
    expect(inOrder.slice(1).map(({ from_version }) => from_version)).toEqual(
      inOrder.slice(0, -1).map(({ to_version }) => to_version),
    );
    await checkHistory(1);
  });

  it('decide two equal commands with an expected generation once', async () => {
    const { generation, live } = await status();
    const version = live?.version === 'v1.0.0' ? 'v1.1.0' : 'v1.0.0';
    const answers = await Promise.all(
      [0, 1, 2].map((i) =>
        client(i).request('POST', `${base}/rollback`, { version, reason: 'x', expected_generation: generation }),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([202, 409, 409]);
    await checkHistory(2);
  });

  it('tell the same to whoever follows any of them', async () => {
    const aborter = new AbortController();
    const texts = ['', '', ''];
    const streams = services.map(async ({ url }, i) => {
      const headers = { authorization: `Bearer ${stack().token}` };
      const response = await fetch(`${url}/v1/events`, { headers, signal: aborter.signal });
      for await (const chunk of response.body ?? []) texts[i] += Buffer.from(chunk).toString();
    });
    await until('the streams to open', () => texts.every((text) => text !== ''));
    const { live } = await status();
    const version = live?.version === 'v1.0.0' ? 'v1.1.0' : 'v1.0.0';
    const { deployment_id } = await client(0).command('rollback', { version, reason: 'watched' });
    await until('all of them to say it is done', () =>
      texts.every((text) =>
        [...text.matchAll(/^event: deployment\ndata: (.*)$/gm)]
          .map(([, data]) => Deployment.parse(JSON.parse(data ?? '')))
          .some((deployment) => deployment.deployment_id === deployment_id && deployment.state === 'done'),
      ),
    );
    aborter.abort();
    await Promise.allSettled(streams);
  });

  it('take over from one that is killed, whichever it is', async () => {
    for (const [victim, other] of [
      [0, 1],
      [1, 2],
      [2, 0],
    ] as const) {
      const { live } = await status(other);
      const version = live?.version === 'v1.0.0' ? 'v1.1.0' : 'v1.0.0';
      const body = { command_id: randomUUID(), version, reason: `registry ${victim} dies` };
      const interrupted = client(victim)
        .request('POST', `${base}/rollback`, body)
        .catch(() => null);
      await services[victim]?.kill();
      await interrupted;
      const { deployment_id } = await client(other).command('rollback', body);
      await until(
        'the rollback to be done',
        async () => (await client(other).deployment(deployment_id)).state === 'done',
      );
      await checkHistory(other);
      await services[victim]?.start();
    }
    const history = await client(0).get(z.array(Deployment), `${base}/deployments?limit=3`);
    expect(history.map(({ reason }) => reason)).toEqual([2, 1, 0].map((victim) => `registry ${victim} dies`));
  });

  /** Stops a registry where it stands for as long as `work` takes. */
  async function frozen<T>(index: number, work: () => Promise<T>): Promise<T> {
    services[index]?.signal('SIGSTOP');
    try {
      return await work();
    } finally {
      services[index]?.signal('SIGCONT');
    }
  }

  /** The version that is not live. */
  async function another(index: number): Promise<string> {
    const { live } = await status(index);
    return live?.version === 'v1.0.0' ? 'v1.1.0' : 'v1.0.0';
  }

  const isDone = async (index: number, deploymentId: string) =>
    (await client(index).deployment(deploymentId)).state === 'done';

  it.each(FROZEN_AND_OTHER)('publish what registry %i, which stands still, had the lead for', async (still, other) => {
    const version = await another(other);
    await frozen(still, async () => {
      const recovery = new Recovery('one of three registries stands still, and leads the outbox');
      const body = { version, reason: `registry ${still} stands still` };
      const { deployment_id } = await client(other).command('rollback', body);
      await recovery.within(() => isDone(other, deployment_id));
    });
    await until('the one that stood still to go on', async () => (await status(still)).live?.version === version);
    await checkHistory(still);
  });

  it.each(FROZEN_AND_OTHER)(
    'take the commands on Kafka that registry %i, which stands still, had',
    async (still, other) => {
      const version = await another(other);
      const command_id = randomUUID();
      await frozen(still, async () => {
        const recovery = new Recovery('one of three registries stands still, and has the commands on Kafka');
        const producer = new EventProducer({ kafka: stack().kafka, source: 'test', logger: stack().logger });
        const reason = `on Kafka, while registry ${still} stands still`;
        const command = { command_id, model: DEFAULT_MODEL, version, actor: 'test', reason };
        await producer.publish('model.rollback-requested', command);
        await producer.disconnect();
        await recovery.within(async () => (await status(other)).live?.version === version);
      });
      await checkHistory(still);
      const history = await client(still).get(z.array(Deployment), `${base}/deployments?limit=2`);
      expect(history.filter(({ reason }) => reason === `on Kafka, while registry ${still} stands still`)).toHaveLength(
        1,
      );
    },
  );

  it.each(FROZEN_AND_OTHER)('go on where registry %i stands still in the midst of a decision', async (still, other) => {
    const version = await another(other);
    const { generation } = await status(other);
    // It has locked the model, and waits for the audit log.
    const log = new pg.Client({ connectionString: stack().databaseUrl });
    await log.connect();
    await log.query('begin; select from registry.audit_head for update');
    const abandoned = client(still).request('POST', `${base}/rollback`, { version, reason: 'never decided' });
    await until('it to wait for the log', async () => {
      const [row] = await stack().query(
        `select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
      );
      return row;
    });
    await frozen(still, async () => {
      await log.query('commit');
      await log.end();
      const recovery = new Recovery('one of three registries stands still in the midst of a decision');
      const body = { version, reason: `registry ${still} stands still in a decision` };
      const { deployment_id } = await client(other).command('rollback', body);
      await recovery.within(() => isDone(other, deployment_id));
    });
    expect((await abandoned).status).toBe(503);
    expect(await status(other)).toMatchObject({ generation: generation + 1 });
    await checkHistory(still);
  });
});
