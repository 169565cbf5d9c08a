import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Controller, type INestMicroservice, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TOPICS, type Topic } from '#contracts/topics';
import { createKafka, type Kafka } from '#kafka/client/connection';
import { applyTopics } from '#kafka/topics/topics';
import { type IncomingBatch, KafkaTransport, OnBatch } from '#kafka/transport';
import { createLogger } from '#platform/logging';
import type { RunningKafka } from '../../deploy/local/kafka/kafka.js';
import { until } from '../../deploy/local/until.js';
import { testKafka } from '../stack/infrastructure.js';
import { pythonWith } from './python.js';

const logger = createLogger('test', process.env.LOG_LEVEL ?? 'silent');
const CODECS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;
const topics = Object.keys(TOPICS).filter((name): name is Topic => name in TOPICS);
const EACH = 30;

/** Sends EACH messages to every topic; librdkafka packs them into batches of the codec. */
const PROGRAM = `
import sys
from confluent_kafka import Producer
brokers, codec, each, topics = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4].split(',')
producer = Producer({'bootstrap.servers': brokers, 'compression.type': codec, 'linger.ms': 200})
for topic in topics:
    for i in range(each):
        producer.produce(topic, key='k', value=('{"n":%d,"codec":"%s","text":"%s"}' % (i, codec, 'again ' * 50)),
                         headers=[('codec', codec.encode()), ('bytes', b'\\x00\\xff'), ('none', None)], partition=0)
producer.flush()
`;

let broker: RunningKafka;
let kafka: Kafka;
let app: INestMicroservice;
let python: string;
/** Numbers of the messages by topic and codec, in the order they came. */
const seen = new Map<string, number[]>();

class Handler {}
Controller()(Handler);
for (const topic of topics) {
  const take = async ({ messages }: IncomingBatch): Promise<{ next: bigint }> => {
    for (const { value, headers } of messages) {
      const { n, codec }: { n: number; codec: string } = JSON.parse(String(value));
      expect(headers).toMatchObject({ codec: Buffer.from(codec), bytes: Buffer.from([0, 255]), none: null });
      seen.set(`${topic} ${codec}`, [...(seen.get(`${topic} ${codec}`) ?? []), n]);
    }
    return { next: BigInt(messages.at(-1)?.offset ?? 0) + 1n };
  };
  const descriptor = { value: take, writable: true, enumerable: true, configurable: true };
  Object.defineProperty(Handler.prototype, topic, descriptor);
  OnBatch(topic)(Handler.prototype, topic, descriptor);
}
class TestModule {}
Module({ controllers: [Handler] })(TestModule);

beforeAll(async () => {
  python = await pythonWith(['confluent-kafka==2.12.1'], 'kafka-venv');
  broker = await testKafka();
  kafka = createKafka({ KAFKA_BROKERS: [broker.brokers], KAFKA_TLS: false }, 'test', logger);
  await applyTopics(kafka);
  app = await NestFactory.createMicroservice(TestModule, {
    strategy: new KafkaTransport({ kafka, group: 'codecs', logger }),
    logger: false,
  });
  await app.listen();
});
afterAll(async () => {
  await app?.close();
  await broker?.stop();
});

/** Sets `compression.type` of every topic; with all but "producer" the broker packs anew. */
async function storeAs(type: string): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  await admin.alterConfigs({
    validateOnly: false,
    resources: topics.map((name) => ({ type: 2, name, configEntries: [{ name: 'compression.type', value: type }] })),
  });
  await admin.disconnect();
}

it.each(['producer', 'uncompressed', 'gzip', 'snappy', 'lz4', 'zstd'])(
  'reads every codec of librdkafka on every topic, with compression.type %s',
  async (type) => {
    await storeAs(type);
    seen.clear();
    for (const codec of CODECS)
      await promisify(execFile)(python, ['-c', PROGRAM, broker.brokers, codec, String(EACH), topics.join(',')]);
    const all = topics.flatMap((topic) => CODECS.map((codec) => `${topic} ${codec}`));
    await until('everything of every topic', () => all.every((name) => (seen.get(name)?.length ?? 0) >= EACH), {
      deadlineMs: 60_000,
    });
    for (const name of all) expect([name, seen.get(name)]).toEqual([name, Array.from({ length: EACH }, (_, i) => i)]);
  },
);
