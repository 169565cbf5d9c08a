import { setTimeout as pause } from 'node:timers/promises';
import { Controller, type INestMicroservice, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { Kafka, Producer } from 'kafkajs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createKafka } from '#kafka/client/connection';
import { EventProducer } from '#kafka/produce/producer';
import { applyTopics } from '#kafka/topics/topics';
import {
  type BatchResult,
  type IncomingBatch,
  type IncomingEvent,
  type InvalidEvent,
  KafkaTransport,
  OnBatch,
  OnEvent,
} from '#kafka/transport';
import { createLogger } from '#platform/logging';
import { until } from '../../deploy/local/until.js';
import { borrowKafka } from '../stack/shared/borrow.js';

const logger = createLogger('test', process.env.LOG_LEVEL ?? 'silent');
let broker: Awaited<ReturnType<typeof borrowKafka>>;
let kafka: Kafka;
let producer: EventProducer;
let raw: Producer;
const running: INestMicroservice[] = [];

beforeAll(async () => {
  broker = await borrowKafka();
  kafka = createKafka({ KAFKA_BROKERS: [broker.brokers], KAFKA_TLS: false }, 'test', logger);
  expect(await applyTopics(kafka)).toContain('model.promoted');
  expect(await applyTopics(kafka)).toEqual([]);
  producer = new EventProducer({ kafka, source: 'test', logger });
  raw = kafka.producer();
  await raw.connect();
});
afterEach(async () => {
  for (const app of running.splice(0)) await app.close();
});
afterAll(async () => {
  await raw?.disconnect();
  await producer?.disconnect();
  await broker?.stop();
});

async function listen(controller: new () => object, strategy: KafkaTransport): Promise<KafkaTransport> {
  @Module({ controllers: [controller] })
  class TestModule {}
  const app = await NestFactory.createMicroservice(TestModule, { strategy, logger: false });
  await app.listen();
  running.push(app);
  return strategy;
}

const PATIENCE = { deadlineMs: 60_000 };

/** As a broker that kept the places of the old topic would have it. */
async function commitElsewhere(groupId: string, topic: string, offset: string, metadata: string): Promise<void> {
  const consumer = kafka.consumer({ groupId });
  await consumer.connect();
  await consumer.subscribe({ topic });
  const joined = new Promise<void>((resolve) => {
    consumer.on(consumer.events.GROUP_JOIN, () => resolve());
  });
  // It joins and takes nothing.
  await consumer.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch: async () => undefined });
  await joined;
  await consumer.commitOffsets([{ topic, partition: 0, offset, metadata }]);
  await consumer.disconnect();
}

const requested = (request_id: string, model = 'backlink-outcome') => ({
  request_id,
  model,
  trigger: 'cli' as const,
  actor: 'test',
  requested_at: '2026-01-04T09:12:31.000Z',
  auto_deploy: true,
});
const uuid = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

describe('the Kafka transport', () => {
  it('hands over events in order, once committed never again, and repeats what failed for now', async () => {
    const seen: string[] = [];
    let failures = 2;
    @Controller()
    class Handler {
      @OnEvent('training.requested')
      handle(event: IncomingEvent<'training.requested'>): void {
        if (event.value.request_id === uuid(1) && failures-- > 0)
          throw Object.assign(new Error('not yet'), { code: 'ECONNREFUSED' });
        seen.push(event.value.request_id);
      }
    }
    await listen(Handler, new KafkaTransport({ kafka, group: 'order', logger }));
    await producer.publishMany('training.requested', [requested(uuid(0)), requested(uuid(1)), requested(uuid(2))]);
    await until('three events', () => seen.length >= 3, { deadlineMs: 30_000 });
    expect(seen).toEqual([uuid(0), uuid(1), uuid(2)]);
    expect(failures).toBeLessThanOrEqual(0);
    await running.pop()?.close();

    await producer.publish('training.requested', requested(uuid(3)));
    await listen(Handler, new KafkaTransport({ kafka, group: 'order', logger }));
    await until('the fourth event', () => seen.length >= 4, { deadlineMs: 30_000 });
    expect(seen.slice(3)).toEqual([uuid(3)]);
  });

  it('reads a topic that was made anew from its beginning, whoever keeps the places', async () => {
    const topic = 'training.failed';
    const seen = { group: new Set<string>(), broadcast: new Set<string>() };
    @Controller()
    class Handler {
      @OnBatch(topic)
      async group({ messages, end }: IncomingBatch): Promise<BatchResult> {
        for (const { value } of messages) seen.group.add(String(value));
        return { next: end };
      }
    }
    @Controller()
    class Watcher {
      @OnEvent('deployment.failed', { mode: 'broadcast', invalid: 'deliver' })
      watched({ offset }: IncomingEvent<'deployment.failed'> | InvalidEvent): void {
        seen.broadcast.add(offset);
      }
    }
    const send = (to: string, name: string, n: number) =>
      raw.send({ topic: to, messages: Array.from({ length: n }, (_, i) => ({ value: `${name} ${i}` })) });
    const remake = async (name: 'training.failed' | 'deployment.failed') => {
      const admin = kafka.admin();
      await admin.connect();
      await admin.deleteTopics({ topics: [name] });
      await until('the topic to be gone', async () => !(await admin.listTopics()).includes(name), PATIENCE);
      await admin.disconnect();
      await until('the topic to be made anew', () => applyTopics(kafka), PATIENCE);
    };
    const listening = () => listen(Handler, new KafkaTransport({ kafka, group: 'remade', logger }));
    await listening();
    await listen(Watcher, new KafkaTransport({ kafka, group: 'remade-watch', mode: 'broadcast', logger }));
    await Promise.all([send(topic, 'old', 20), send('deployment.failed', 'old', 20)]);
    await until('the old ones', () => seen.group.size === 20 && seen.broadcast.size === 20, PATIENCE);

    // As many as were read: a reader that does not notice stands at the end of the new topic and hears nothing.
    seen.broadcast.clear();
    await Promise.all([remake(topic), remake('deployment.failed')]);
    await Promise.all([send(topic, 'new', 20), send('deployment.failed', 'new', 20)]);
    await until('the new ones', () => seen.group.size === 40 && seen.broadcast.size === 20, PATIENCE);

    for (const app of running.splice(0)) await app.close();
    await remake(topic);
    await send(topic, 'newest', 60);
    await commitElsewhere('remade', topic, '40', 'another-cluster/another-topic');
    await listening();
    await until('the newest ones', () => seen.group.size === 100, PATIENCE);
  });

  it('stays in its group while a message or a batch takes longer than a session, so that nothing is handled twice', async () => {
    const batches: string[] = [];
    const seen: string[] = [];
    const ended: string[] = [];
    @Controller()
    class Handler {
      @OnEvent('training.requested')
      async handle({ value }: IncomingEvent<'training.requested'>): Promise<void> {
        seen.push(value.request_id);
        if (value.request_id === uuid(50)) await pause(SESSION_MS * 1.5);
        ended.push(value.request_id);
      }
    }
    @Controller()
    class BatchHandler {
      @OnBatch('predictions')
      async batch({ messages, end }: IncomingBatch): Promise<{ next: bigint }> {
        batches.push(...messages.map(({ value }) => String(value)));
        await pause(SESSION_MS * 1.5);
        ended.push('batch');
        return { next: end };
      }
    }
    const SESSION_MS = 6_000;
    const slow = (group: string) =>
      new KafkaTransport({ kafka, group, logger, consumer: { sessionTimeout: SESSION_MS } });
    // Another one is there to take over what the first seems to have left.
    for (const _ of [1, 2]) {
      await listen(Handler, slow('slow'));
      await listen(BatchHandler, slow('slow-batches'));
    }
    await producer.publishMany('training.requested', [requested(uuid(50)), requested(uuid(51))]);
    await raw.send({ topic: 'predictions', messages: [{ value: 'slow', partition: 0 }] });
    await until('all to be handled', () => [uuid(50), uuid(51), 'batch'].every((each) => ended.includes(each)), {
      deadlineMs: 60_000,
    });
    expect(batches).toEqual(['slow']);
    expect(seen.filter((id) => [uuid(50), uuid(51)].includes(id))).toEqual([uuid(50), uuid(51)]);
  });

  it('delivers what does not fit the contract only to those who ask', async () => {
    const good: string[] = [];
    const commands: (IncomingEvent<'model.rollback-requested'> | InvalidEvent)[] = [];
    @Controller()
    class Handler {
      @OnEvent('model.trained')
      trained(event: IncomingEvent<'model.trained'>): void {
        good.push(event.id);
      }

      @OnEvent('model.rollback-requested', { invalid: 'deliver' })
      rollback(event: IncomingEvent<'model.rollback-requested'> | InvalidEvent): void {
        commands.push(event);
      }
    }
    await raw.send({ topic: 'model.trained', messages: [{ value: '{"model":1}' }] });
    await raw.send({
      topic: 'model.rollback-requested',
      messages: [
        { value: 'roll back!' },
        { value: '{"version":"v1.0.0"}' },
        { value: '{"reason":"slow","extra":1}' },
        { value: '{"reason":"slow","extra":1}' },
      ],
    });
    await listen(Handler, new KafkaTransport({ kafka, group: 'invalid', logger }));
    await until('four commands', () => commands.length >= 4, { deadlineMs: 30_000 });
    expect(commands.map((c) => (c.kind === 'invalid' ? [c.problem, c.field] : [c.kind, c.value]))).toEqual([
      ['not-json', null],
      ['invalid', 'reason'],
      ['event', { reason: 'slow', extra: 1 }],
      ['event', { reason: 'slow', extra: 1 }],
    ]);
    // A producer without headers: the same bytes are the same event.
    expect(commands[2]?.id).toBe(commands[3]?.id);
    expect(good).toEqual([]);
  });

  it('lets every broadcast instance read all of it, and says when it has', async () => {
    const heartbeat = (instance: string) => ({
      instance,
      url: 'http://x',
      started_at: '2026-01-01T00:00:00Z',
      at: '2026-01-01T00:00:00Z',
      ready: true,
      models: [],
    });
    await producer.publish('serving.heartbeat', heartbeat('a'));
    await producer.publish('serving.heartbeat', heartbeat('b'));
    await producer.tombstone('serving.heartbeat', 'a');
    for (let instance = 0; instance < 2; instance++) {
      const present = new Set<string>();
      @Controller()
      class Handler {
        @OnEvent('serving.heartbeat', { mode: 'broadcast', invalid: 'deliver' })
        beat(event: IncomingEvent<'serving.heartbeat'> | InvalidEvent): void {
          if (event.kind === 'event') present.add(event.value.instance);
          else if (event.problem === 'tombstone' && event.key) present.delete(event.key);
        }

        @OnEvent('deployment.failed', { mode: 'broadcast' })
        empty(): void {}
      }
      const transport = await listen(
        Handler,
        new KafkaTransport({ kafka, group: 'watchers', mode: 'broadcast', logger }),
      );
      await transport.caughtUp();
      expect([...present]).toEqual(['b']);
      expect(transport.health()).toBeNull();
    }
  });

  it('continues a batch consumer wherever its handler says', async () => {
    const taken: string[] = [];
    let rewound = false;
    @Controller()
    class Handler {
      @OnBatch('shadow.outcomes')
      async batch({ messages }: IncomingBatch): Promise<{ next: bigint }> {
        for (const { value } of messages) taken.push(String(value));
        const last = BigInt(messages.at(-1)?.offset ?? 0) + 1n;
        if (rewound || last < 4n) return { next: last };
        rewound = true;
        return { next: 1n };
      }
    }
    await raw.send({
      topic: 'shadow.outcomes',
      messages: ['0', '1', '2', '3'].map((value) => ({ value, partition: 0 })),
    });
    await listen(Handler, new KafkaTransport({ kafka, group: 'batches', logger }));
    await until('the rewound messages', () => taken.length >= 7, { deadlineMs: 30_000 });
    expect(taken.slice(-3)).toEqual(['1', '2', '3']);
    await raw.send({ topic: 'shadow.outcomes', messages: [{ value: '4', partition: 0 }] });
    await until('the next message', () => taken.at(-1) === '4', { deadlineMs: 30_000 });
    expect(taken).toHaveLength(8);
  });

  it('continues where the keeper of the offsets says, though nothing new arrives', async () => {
    const taken: string[] = [];
    let kept = 0n;
    @Controller()
    class Handler {
      @OnBatch('automation.outcomes')
      async batch({ messages }: IncomingBatch): Promise<{ next: bigint }> {
        for (const { value } of messages) taken.push(String(value));
        kept = BigInt(messages.at(-1)?.offset ?? 0) + 1n;
        return { next: kept };
      }
    }
    const options = { kafka, group: 'kept-elsewhere', logger };
    const values = ['0', '1', '2', '3'];
    await raw.send({
      topic: 'automation.outcomes',
      messages: values.map((value) => ({ value, partition: 0 })),
    });
    const continueAt = async () => kept;
    await listen(Handler, new KafkaTransport({ ...options, continueAt }));
    await until('all messages', () => taken.length === 4, { deadlineMs: 30_000 });
    await until('Kafka to know the offset', async () => {
      const admin = kafka.admin();
      await admin.connect();
      const [topic] = await admin.fetchOffsets({ groupId: options.group, topics: ['automation.outcomes'] });
      await admin.disconnect();
      return topic?.partitions.some(({ partition, offset }) => partition === 0 && offset === '4');
    });
    for (const app of running.splice(0)) await app.close();

    // As if the database had been restored from a backup.
    kept = 2n;
    let asked = 0;
    await listen(
      Handler,
      new KafkaTransport({
        ...options,
        continueAt: async () => {
          if (asked++ === 0) throw new Error('the database starts up');
          return kept;
        },
      }),
    );
    await until('the messages after the backup', () => taken.length === 6, { deadlineMs: 30_000 });
    expect(taken).toEqual([...values, '2', '3']);
  });
});
