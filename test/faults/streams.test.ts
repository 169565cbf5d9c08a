import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Admin } from 'kafkajs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { StreamIncident } from '#contracts/http/feedback';
import { ModelStatus } from '#contracts/http/models';
import { DEFAULT_MODEL } from '#contracts/primitives';
import { applyTopics } from '#kafka/topics/topics';
import { until } from '../../deploy/local/until.js';
import { DecidingClient } from '../e2e/deciding-client.js';
import type { RegistryClient } from '../e2e/registry-client.js';
import { ingestedUpTo, type TestMessage } from '../stack/feedback.js';
import { useStack } from '../stack/use-stack.js';
import { DEPLOYED, DeployedStack } from './deployed-stack.js';
import { onPostgres } from './on-postgres.js';
import { Onlooker } from './onlooker.js';
import { Recovery } from './recovery.js';

const TOPIC = 'automation.outcomes';
const PATIENCE = { deadlineMs: 120_000 };

const stack = useStack('streams', { services: DEPLOYED, infrastructure: 'own' });
let world: DeployedStack;
let registry: RegistryClient;
/** Whatever happens to the streams, decisions are asked for all along. */
let clients: DecidingClient[] = [];
let onlooker: Onlooker;

const Incidents = z.array(StreamIncident);
const incidents = () => registry.get(Incidents, '/v1/metrics/feedback/incidents');
const status = async (): Promise<string> => (await stack().cli('status')).stdout;

async function asAdmin<T>(work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = stack().kafka.admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}

/** Deletes the topic and makes it anew. */
async function remake(): Promise<void> {
  await asAdmin(async (admin) => {
    await admin.deleteTopics({ topics: [TOPIC] });
    await until('the topic to be gone', async () => !(await admin.listTopics()).includes(TOPIC), PATIENCE);
  });
  await until('the topic to be made anew', () => applyTopics(stack().kafka), PATIENCE);
}

const outcome = (task_id: string): TestMessage => ({
  key: task_id,
  value: JSON.stringify({ timestamp: '2026-01-04T09:12:31Z', task_id, action_attempted: 'forum', result: 'failed' }),
});

/** Outcomes and, before them, one broken message in each partition: at the same place in every topic of this name. */
async function send(name: string, outcomes: number): Promise<void> {
  const producer = stack().kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  const broken = [0, 1, 2, 3].map((partition) => ({ partition, value: `${name} is no JSON` }));
  const good = Array.from({ length: outcomes }, (_, i) => ({ ...outcome(`${name}-${i}`), partition: i % 4 }));
  await producer.send({ topic: TOPIC, messages: [...broken, ...good] });
  await producer.disconnect();
}

/** Each outcome of that name is stored once, and each broken message kept once. */
async function expectOnce(name: string, outcomes: number): Promise<void> {
  await ingestedUpTo(stack(), TOPIC);
  const [stored] = await stack().query(
    `select count(*)::int as rows, count(distinct task_id)::int as tasks from feedback.events where task_id like '${name}-%'`,
  );
  expect(stored).toEqual({ rows: outcomes, tasks: outcomes });
  const [letters] = await stack().query(
    `select count(*)::int as letters from feedback.dead_letters where convert_from(value, 'UTF8') = '${name} is no JSON'`,
  );
  expect(letters).toEqual({ letters: 4 });
}

async function storedOf(name: string): Promise<number> {
  const [row] = await stack().query<{ n: number }>(
    `select count(*)::int as n from feedback.events where task_id like '${name}-%'`,
  );
  return row?.n ?? 0;
}

/** A disaster that has just happened is over when all of it is stored. */
async function sendAndExpectOnce(name: string, outcomes: number, disaster: string | null = null): Promise<void> {
  const recovery = new Recovery(disaster);
  await send(name, outcomes);
  // An offset that was reached in a topic that is gone says nothing: wait for what is in this one.
  await recovery.within(async () => (await storedOf(name)) === outcomes);
  await expectOnce(name, outcomes);
}

beforeAll(async () => {
  world = DeployedStack.on(stack());
  ({ registry } = world);
  onlooker = new Onlooker(stack());
  await world.deployAnother();
  clients = stack().serving.map((url) => new DecidingClient(url, 20));
});

afterEach(() => expect(clients.flatMap(({ failures }) => failures)).toEqual([]));

afterAll(async () => {
  for (const client of clients) await client.stop();
  await world?.leave();
  // Whatever happened, nothing is waiting and nothing is stored twice.
  const [events] = await stack().query<{ rows: number; ids: number }>(
    'select count(*)::int as rows, count(distinct event_id)::int as ids from feedback.events',
  );
  expect(events?.rows).toBe(events?.ids);
});

describe('a topic that is made anew', () => {
  it('while ingest runs, with more messages than before: 400 of 400 are kept, once', async () => {
    await sendAndExpectOnce('before', 160);
    await remake();
    await sendAndExpectOnce('anew', 400, 'a topic is made anew, with more messages than before');
    const found = (await incidents()).filter(({ kind }) => kind === 'remade');
    expect(found.map(({ partition }) => partition).sort()).toEqual([0, 1, 2, 3]);
    expect(found[0]?.known_identity?.split('/')[0]).toBe(found[0]?.found_identity.split('/')[0]);
    expect(found[0]?.known_identity).not.toBe(found[0]?.found_identity);
    expect(
      await until(
        'the alert',
        async () => ((await status()).includes('alert topic-remade') ? status() : null),
        PATIENCE,
      ),
    ).toContain('automation.outcomes is another topic of the same name: it is read from its beginning');
    const listed = await stack().cli('dataset', 'incidents');
    expect(listed.stdout).toContain('another topic of the same name: read from its beginning');
    const told = 'automation.outcomes is another topic of the same name: it is read from its beginning';
    const next = 'Which offsets of which partitions: ratchet dataset incidents';
    await onlooker.expectToRead('topic-remade', {
      status: ['alert topic-remade', told, next],
      doctor: ['alert topic-remade', told, next],
      console: {
        overview: ['topic-remade', told, 'Which offsets of which partitions: npx ratchet dataset incidents'],
        feedback: ['Another topic of the same name: read from its beginning', 'Nothing is to be done'],
      },
      log: { 'feedback-ingest': ['this is another topic of the same name'] },
    });
  });

  it('while ingest runs, with as many messages as were read', async () => {
    await remake();
    await sendAndExpectOnce('as-many', 400, 'a topic is made anew, with as many messages as were read');
  });

  it('while ingest is away', async () => {
    await stack().halt('feedback-ingest');
    await remake();
    await send('away', 600);
    const recovery = new Recovery('a topic is made anew while feedback-ingest is away');
    await stack().resume('feedback-ingest');
    await recovery.within(async () => (await incidents()).length >= 12 && (await storedOf('away')) === 600);
    await expectOnce('away', 600);
  });

  it('with its whole cluster', async () => {
    const before = await incidents();
    await stack().halt('kafka');
    await rm(join(stack().home, 'kafka-data'), { recursive: true });
    await stack().resume('kafka');
    await applyTopics(stack().kafka);
    await sendAndExpectOnce('cluster', 400, 'Kafka is lost, for feedback');
    const [newest] = await incidents();
    expect(newest?.kind).toBe('remade');
    expect(newest?.incident_id).not.toBe(before[0]?.incident_id);
    expect(newest?.known_identity?.split('/')[0]).not.toBe(newest?.found_identity.split('/')[0]);
  });
});

describe('a topic that lost its end', () => {
  it('is read from its beginning, and what was stored is recognised', async () => {
    await stack().halt('feedback-ingest');
    // As an unclean election leaves it: fewer messages than were read.
    await stack().query(`update feedback.offsets set next_offset = next_offset + 1000 where topic = '${TOPIC}'`);
    await send('truncated', 80);
    const recovery = new Recovery('a topic lost its end');
    await stack().resume('feedback-ingest');
    await recovery.within(
      async () => (await incidents())[0]?.kind === 'truncated' && (await storedOf('truncated')) === 80,
    );
    await expectOnce('truncated', 80);
    const { alerts } = await registry.get(ModelStatus, `/v1/models/${DEFAULT_MODEL}`);
    expect(alerts.map(({ alert }) => alert)).toContain('topic-remade');
  });

  it('and has grown past what was read before anybody looked is read from its beginning as well', async () => {
    const before = (await incidents()).filter(({ kind }) => kind === 'truncated').length;
    await stack().halt('feedback-ingest');
    // Ten messages were read that no longer are there, …
    await stack().query(
      `update feedback.offsets set next_offset = next_offset + 10, epoch_offset = epoch_offset + 10 where topic = '${TOPIC}'`,
    );
    // … and another leader has written more than that in their place.
    await stack().halt('kafka');
    await stack().resume('kafka');
    await until('Kafka to take messages', () => send('regrown', 80).then(() => true), PATIENCE);
    const recovery = new Recovery('a topic lost its end and has grown past it');
    await stack().resume('feedback-ingest');
    await recovery.within(async () => (await storedOf('regrown')) === 80);
    await expectOnce('regrown', 80);
    expect((await incidents()).filter(({ kind }) => kind === 'truncated')).toHaveLength(before + 4);
  });
});

describe('a database that is restored while ingest runs', () => {
  it('has read again what came since, though nothing new comes', async () => {
    await sendAndExpectOnce('kept', 80);
    await onPostgres(stack(), 'drop database if exists earlier', 'create database earlier template "DATABASE"');
    await until('Postgres to be back', () => stack().query('select 1'), PATIENCE);
    await sendAndExpectOnce('since', 160);
    await onPostgres(stack(), 'drop database "DATABASE"', 'create database "DATABASE" template earlier');
    await new Recovery('the database is restored under a running feedback-ingest').within(
      async () => (await storedOf('since')) === 160,
    );
    await expectOnce('since', 160);
    await expectOnce('kept', 80);
    expect(await onlooker.log('feedback-ingest')).toContain('the database has lost what was stored');
  });

  it('has read it again also where this ingest was started after it had come', async () => {
    await onPostgres(stack(), 'drop database if exists earlier', 'create database earlier template "DATABASE"');
    await until('Postgres to be back', () => stack().query('select 1'), PATIENCE);
    await sendAndExpectOnce('before-start', 160);
    await stack().halt('feedback-ingest');
    await stack().resume('feedback-ingest');
    await onPostgres(stack(), 'drop database "DATABASE"', 'create database "DATABASE" template earlier');
    await new Recovery('the database is restored under a feedback-ingest that has read nothing yet').within(
      async () => (await storedOf('before-start')) === 160,
    );
    await expectOnce('before-start', 160);
  });
});

describe('messages that retention removes before they are read', () => {
  const removeUpTo = (offsets: readonly { partition: number; offset: string }[]) =>
    asAdmin(async (admin) => {
      // kafkajs has to know the leaders.
      await admin.fetchTopicOffsets(TOPIC);
      await admin.deleteTopicRecords({ topic: TOPIC, partitions: [...offsets] });
    });
  const ends = () => asAdmin((admin) => admin.fetchTopicOffsets(TOPIC));
  const lost = async () => (await incidents()).filter(({ kind }) => kind === 'lost');

  it('are counted with their places, and told; what is left is stored', async () => {
    await stack().halt('feedback-ingest');
    const read = new Map((await ends()).map(({ partition, high }) => [partition, high]));
    await send('late', 400);
    await removeUpTo(
      (await ends()).map(({ partition, high }) => ({ partition, offset: (BigInt(high) - 40n).toString() })),
    );
    const recovery = new Recovery('retention was faster');
    await stack().resume('feedback-ingest');
    const found = await recovery.within(async () => {
      const now = await lost();
      return now.length === 4 && (await storedOf('late')) === 160 ? now : null;
    });
    for (const { partition, from_offset, to_offset } of found) {
      expect(from_offset).toBe(read.get(partition));
      // A broken one and a hundred outcomes, of which forty were left.
      expect(BigInt(to_offset) - BigInt(from_offset)).toBe(61n);
    }
    await ingestedUpTo(stack(), TOPIC);
    const [stored] = await stack().query("select count(*)::int as n from feedback.events where task_id like 'late-%'");
    expect(stored).toEqual({ n: 160 });
    const told = async () => (await status()).match(/alert feedback-lost .*/)?.[0].includes('244 messages');
    await until('the alert to name all of them', told, PATIENCE);
    const lost244 = ['feedback-lost', '244 messages', 'removed by retention before they were read (partition 0: '];
    const next = 'Which offsets of which partitions: ratchet dataset incidents';
    await onlooker.expectToRead('feedback-lost', {
      status: [...lost244, next],
      doctor: [...lost244, next],
      console: {
        overview: [...lost244, 'Which offsets of which partitions: npx ratchet dataset incidents'],
        feedback: [
          '61 messages removed by retention before they were read',
          'npx ratchet import FILE',
          'longest outage',
        ],
      },
      log: { 'feedback-ingest': ['retention has removed messages before they were read'] },
    });
    const metrics = await (await fetch(`${stack().urls['feedback-ingest']}/metrics`)).text();
    expect(metrics).toContain('ratchet_feedback_lost_messages_total{topic="automation.outcomes"} 244');
  });

  it('are told even when nothing is left and nothing comes', async () => {
    await stack().halt('feedback-ingest');
    await send('all-gone', 40);
    await removeUpTo((await ends()).map(({ partition, high }) => ({ partition, offset: high })));
    await stack().resume('feedback-ingest');
    await until('four more losses', async () => (await lost()).length === 8, PATIENCE);
  });
});
