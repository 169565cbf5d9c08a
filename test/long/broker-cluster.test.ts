import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AuditVerification } from '#contracts/http/audit';
import { DESIRED_STATE_TOPICS } from '#contracts/topics';
import { until } from '../../deploy/local/until.js';
import { DecidingClient } from '../e2e/deciding-client.js';
import { DeployedStack } from '../faults/deployed-stack.js';
import { Onlooker } from '../faults/onlooker.js';
import { Recovery } from '../faults/recovery.js';
import { BrokerCluster } from '../stack/broker-cluster.js';
import { borrowDatabase } from '../stack/shared/borrow.js';

const PATIENCE = { deadlineMs: 180_000 };

let cluster: BrokerCluster;
let database: Awaited<ReturnType<typeof borrowDatabase>>;
let world: DeployedStack;
let clients: DecidingClient[] = [];

/** Every copy of what matters has caught up. */
const replicated = () =>
  until(
    'all brokers to have all copies',
    async () => {
      const admin = world.stack.kafka.admin();
      await admin.connect();
      try {
        const { topics } = await admin.fetchTopicMetadata({ topics: ['automation.outcomes', ...DESIRED_STATE_TOPICS] });
        return topics.every(({ partitions }) => partitions.every(({ isr }) => isr.length === cluster.nodes.length));
      } finally {
        await admin.disconnect();
      }
    },
    PATIENCE,
  );

beforeAll(async () => {
  [cluster, database] = await Promise.all([BrokerCluster.start(), borrowDatabase('migrated')]);
  world = await DeployedStack.start({ lent: { brokers: cluster.brokers, databaseUrl: database.url } });
  clients = world.stack.serving.map((url) => new DecidingClient(url, 20));
});

afterAll(async () => {
  for (const client of clients) await client.stop();
  await world?.stop();
  await cluster?.stop();
  await database?.stop();
});

describe('a cluster of three brokers', { timeout: 600_000 }, () => {
  it.each([1, 2, 3])('goes on without broker %i: outcomes are stored and a version is deployed', async (node) => {
    await replicated();
    await cluster.kill(node);
    const recovery = new Recovery('one of three brokers is lost');
    try {
      await world.whileOutcomesCome(async () => {
        const next = await world.register();
        await world.deploy(next);
        await recovery.within(() => world.agreed(next));
      });
      await world.expectStored();
      // Everything goes on, so nothing calls for anybody but the copies that are missing.
      await new Onlooker(world.stack).expectToRead('one-broker', {
        status: ['is live since'],
        doctor: [`broker ${node}`, 'It has no copy that is up to date of', 'Bring it back before another one is lost'],
        console: { overview: ['All 2 instances serve'] },
      });
    } finally {
      await cluster.revive(node);
    }
    expect(clients.flatMap(({ failures }) => failures)).toEqual([]);
  });

  it('that loses two at once takes nothing until one is back; instances answer, and a deployment ends then', async () => {
    await replicated();
    const next = await world.register();
    await cluster.kill(1, 2);
    const answered = clients.reduce((sum, { answers }) => sum + answers, 0);
    await world.deploy(next);
    await until(
      'ingest to say that it hears nothing',
      async () => (await (await fetch(`${world.stack.urls['feedback-ingest']}/health/ready`)).text()).includes('kafka'),
      PATIENCE,
    );
    await until('the registry to say that it hears nothing', async () => (await world.status()).deaf_since, PATIENCE);
    const deafness = async () => (await fetch(`${world.stack.urls.registry}/metrics`)).text();
    await until(
      'what RatchetConsumerDeaf goes by',
      async () => /ratchet_consumer_deaf_seconds\{[^}]*\} [1-9]/.test(await deafness()),
      PATIENCE,
    );
    const heard = 'The registry hears nothing from Kafka';
    await new Onlooker(world.stack).expectToRead('two-brokers', {
      status: [`${heard} since`, 'What is wrong with it: ratchet doctor'],
      doctor: ['Hears nothing from Kafka since', 'Bring the brokers back', 'kafka: '],
      console: {
        overview: [`${heard}: instances answer on`, 'npx ratchet doctor', 'not heard of', 'Roll-out under way'],
      },
      log: { registry: ['kafka'], 'feedback-ingest': ['kafka'] },
    });
    expect((await world.status()).live?.version).not.toBe(next);
    expect(clients.reduce((sum, { answers }) => sum + answers, 0)).toBeGreaterThan(answered);
    const recovery = new Recovery('two of three brokers were lost, and are there again');
    await cluster.revive(1, 2);
    await recovery.within(() => world.agreed(next));
    await world.whileOutcomesCome(async () => undefined);
    await world.expectStored();
    expect(await world.registry.get(AuditVerification, '/v1/audit/verify')).toMatchObject({ intact: true });
    expect(clients.flatMap(({ failures }) => failures)).toEqual([]);
  });
});
