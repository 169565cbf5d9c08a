import { hash } from 'node:crypto';
import { Controller, type INestMicroservice, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Topic } from '#contracts/topics';
import { createKafka, type Kafka } from '#kafka/client/connection';
import { type IncomingBatch, KafkaTransport, OnBatch } from '#kafka/transport';
import { createLogger } from '#platform/logging';
import type { RunningKafka } from '../../deploy/local/kafka/kafka.js';
import { until } from '../../deploy/local/until.js';
import { testKafka } from '../stack/infrastructure.js';

const logger = createLogger('test', process.env.LOG_LEVEL ?? 'silent');
const CODECS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;

/** A topic for each `compression.type`: with all but "producer", the broker's own Java library packs what is stored. */
const TOPICS = {
  'automation.outcomes': 'producer',
  'shadow.outcomes': 'uncompressed',
  predictions: 'gzip',
  'training.requested': 'snappy',
  'model.trained': 'lz4',
  'model.evaluated': 'zstd',
} as const satisfies Partial<Record<Topic, string>>;

let broker: RunningKafka;
let kafka: Kafka;
let app: INestMicroservice;
const seen: string[] = [];

/** Bytes as something that can be compared quickly. */
const shown = (bytes: unknown): string =>
  !Buffer.isBuffer(bytes) ? String(bytes) : `[${bytes.length > 100 ? hash('sha1', bytes) : bytes.toString('hex')}]`;

function take({ topic, messages }: IncomingBatch): Promise<{ next: bigint }> {
  for (const { key, value, headers } of messages)
    seen.push([topic, ...[key, value, headers.binary, headers.empty].map(shown)].join(' '));
  return Promise.resolve({ next: BigInt(messages.at(-1)?.offset ?? 0) + 1n });
}

@Controller()
class Handler {
  @OnBatch('automation.outcomes')
  outcomes(batch: IncomingBatch) {
    return take(batch);
  }

  @OnBatch('shadow.outcomes')
  comparisons(batch: IncomingBatch) {
    return take(batch);
  }

  @OnBatch('predictions')
  predictions(batch: IncomingBatch) {
    return take(batch);
  }

  @OnBatch('training.requested')
  requests(batch: IncomingBatch) {
    return take(batch);
  }

  @OnBatch('model.trained')
  trained(batch: IncomingBatch) {
    return take(batch);
  }

  @OnBatch('model.evaluated')
  evaluated(batch: IncomingBatch) {
    return take(batch);
  }
}

@Module({ controllers: [Handler] })
class TestModule {}

const settings = (compression?: (typeof CODECS)[number]) => ({
  KAFKA_BROKERS: [broker.brokers],
  KAFKA_TLS: false,
  ...(compression ? { KAFKA_COMPRESSION: compression } : {}),
});

beforeAll(async () => {
  broker = await testKafka();
  kafka = createKafka(settings(), 'test', logger);
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({
    waitForLeaders: true,
    topics: Object.entries(TOPICS).map(([topic, type]) => ({
      topic,
      numPartitions: 1,
      configEntries: [{ name: 'compression.type', value: type }],
    })),
  });
  await admin.disconnect();
  const strategy = new KafkaTransport({ kafka, group: 'codecs', logger });
  app = await NestFactory.createMicroservice(TestModule, { strategy, logger: false });
  await app.listen();
});
afterAll(async () => {
  await app?.close();
  await broker?.stop();
});

/** Larger than one block of any codec, and neither all the same nor random. */
const long = Buffer.alloc(400_000);
for (let i = 0; i < long.length; i++) long[i] = (i * i) >> 8;
const messages = [
  { key: Buffer.from('k'), value: Buffer.from('{"a":1}'), headers: { binary: Buffer.from([0, 255]) } },
  // A header without a value, which kafkajs itself cannot send.
  { key: null, value: long, headers: { binary: Buffer.from([1]), empty: null as never } },
  { key: Buffer.from([0, 255]), value: null, headers: {} },
  { key: Buffer.alloc(0), value: Buffer.alloc(0), headers: {} },
];

it.each(CODECS)('reads what %s packed, whatever codec the topic is set to', async (codec) => {
  const producer = createKafka(settings(codec), 'test', logger).producer();
  await producer.connect();
  seen.length = 0;
  for (const topic of Object.keys(TOPICS)) await producer.send({ topic, messages });
  await producer.disconnect();
  await until('all messages of all topics', () => seen.length >= 24, { deadlineMs: 30_000 });
  expect(seen.toSorted()).toEqual(
    Object.keys(TOPICS)
      .flatMap((topic) => [
        [topic, '[6b]', '[7b2261223a317d]', '[00ff]', 'undefined'].join(' '),
        [topic, 'null', shown(long), '[01]', 'null'].join(' '),
        [topic, '[00ff]', 'null', 'undefined', 'undefined'].join(' '),
        [topic, '[]', '[]', 'undefined', 'undefined'].join(' '),
      ])
      .toSorted(),
  );
});
