import { Controller, type INestMicroservice, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { PARKED_HEADER, ParkedHeader } from '#contracts/parked-message';
import { createKafka, type Kafka } from '#kafka/client/connection';
import { EventProducer } from '#kafka/produce/producer';
import { RawProducer } from '#kafka/produce/raw-producer';
import { applyTopics } from '#kafka/topics/topics';
import {
  type IncomingBatch,
  type IncomingEvent,
  KafkaTransport,
  OnBatch,
  OnEvent,
  OnEventsTogether,
  type RawMessage,
} from '#kafka/transport';
import { createLogger } from '#platform/logging';
import { until } from '../../deploy/local/until.js';
import { borrowKafka } from '../stack/shared/borrow.js';

const logger = createLogger('test', process.env.LOG_LEVEL ?? 'silent');
let broker: Awaited<ReturnType<typeof borrowKafka>>;
let kafka: Kafka;
let raw: RawProducer;
const running: INestMicroservice[] = [];
/** What came on events.dead-letter. */
let parked: RawMessage[] = [];

@Controller()
class Operator {
  @OnBatch('events.dead-letter')
  async keep({ messages, end }: IncomingBatch): Promise<{ next: bigint }> {
    parked.push(...messages);
    return { next: end };
  }
}

async function listen(controller: new () => object, strategy: KafkaTransport): Promise<KafkaTransport> {
  @Module({ controllers: [controller] })
  class TestModule {}
  const app = await NestFactory.createMicroservice(TestModule, { strategy, logger: false });
  await app.listen();
  running.push(app);
  return strategy;
}

beforeAll(async () => {
  broker = await borrowKafka();
  kafka = createKafka({ KAFKA_BROKERS: [broker.brokers], KAFKA_TLS: false }, 'test', logger);
  await applyTopics(kafka);
  raw = new RawProducer(kafka);
});
beforeEach(async () => {
  await listen(Operator, new KafkaTransport({ kafka, group: 'operator', logger }));
});
afterEach(async () => {
  for (const app of running.splice(0)) await app.close();
  parked = [];
});
afterAll(async () => {
  await raw?.disconnect();
  await broker?.stop();
});

const noteOf = ({ headers }: RawMessage): ParkedHeader =>
  ParkedHeader.parse(JSON.parse(String(headers[PARKED_HEADER])));
const ownHeaders = ({ headers }: RawMessage) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => name !== PARKED_HEADER));
const uuid = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const request = (n: number, more: object = {}) => ({
  request_id: uuid(n),
  model: 'backlink-outcome',
  trigger: 'cli',
  actor: 'test',
  requested_at: '2026-01-04T09:12:31.000Z',
  auto_deploy: true,
  ...more,
});
const message = (value: unknown) => ({ key: null, value: Buffer.from(JSON.stringify(value)), headers: {} });
const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);

it('parks what fails for good after one repetition, byte for byte, and goes on', async () => {
  const seen: number[] = [];
  @Controller()
  class Handler {
    @OnEvent('training.requested')
    handle({ value }: IncomingEvent<'training.requested'>): void {
      const n = Number(value.request_id.slice(-6));
      seen.push(n);
      if (n === 1) throw new RangeError('Maximum call stack size exceeded');
    }
  }
  const transport = await listen(Handler, new KafkaTransport({ kafka, group: 'permanent', logger }));
  const failing = {
    key: Buffer.from([0, 255, 0]),
    value: Buffer.from(JSON.stringify(request(1))),
    headers: { none: null, bytes: Buffer.from([0, 255]), twice: [Buffer.from('a'), null], trace: 'a\0b', __proto: 'x' },
  };
  await raw.send('training.requested', [message(request(0)), failing, message(request(2))]);
  await until('the one after it, and the parked one', () => seen.includes(2) && parked.length > 0, {
    deadlineMs: 30_000,
  });
  expect(seen).toEqual([0, 1, 1, 2]);
  expect(parked).toHaveLength(1);
  const [letter] = parked;
  if (!letter) throw new Error('nothing parked');
  expect(letter.key).toEqual(failing.key);
  expect(letter.value).toEqual(failing.value);
  expect(ownHeaders(letter)).toEqual({ ...failing.headers, trace: Buffer.from('a\0b'), __proto: Buffer.from('x') });
  expect(noteOf(letter)).toMatchObject({
    reason: 'failed',
    detail: 'RangeError: Maximum call stack size exceeded',
    source: { topic: 'training.requested', partition: 0, offset: '1' },
    consumer: 'permanent',
    stack: expect.stringContaining('kafka-parking.test'),
    value_bytes: failing.value.length,
  });
  expect(transport.health()).toBeNull();
});

it('parks what does not fit its contract, whatever stands in value, key and headers', async () => {
  const good: string[] = [];
  @Controller()
  class Handler {
    @OnEvent('model.activated')
    handle({ value }: IncomingEvent<'model.activated'>): void {
      good.push(value.instance);
    }
  }
  await listen(Handler, new KafkaTransport({ kafka, group: 'contract', logger }));
  const activated = (instance: string) => ({
    instance,
    model: 'backlink-outcome',
    generation: 1,
    version: 'v1.0.0',
    digest: `sha256:${'0'.repeat(64)}`,
    swap_ms: 1,
    at: '2026-01-04T09:12:31Z',
  });
  const text = (value: string) => ({ key: null, value: Buffer.from(value), headers: {} });
  const withDeep = JSON.stringify(activated('x')).replace('{', `{"deep":${nested(20_000)},`);
  const broken = [
    { key: null, value: Buffer.from('not json'), headers: { trace: 'a\0b' } },
    { key: null, value: Buffer.from('{}'), headers: { ce_id: null, ce_source: null, 'content-type': null } },
    { key: Buffer.from([0xff]), value: null, headers: {} },
    { key: null, value: Buffer.from([0xff, 0xfe, 0]), headers: {} },
    text(withDeep),
    text(JSON.stringify(activated('nul')).replace('"nul"', '"nul\\u0000"')),
    text(JSON.stringify(activated('big')).replace('"swap_ms":1', '"swap_ms":1e400')),
    text('[]'),
    { key: null, value: Buffer.alloc(0), headers: {} },
  ];
  for (const [n, each] of broken.entries())
    await raw.send('model.activated', [each, text(`\uFEFF${JSON.stringify(activated(String(n)))}`)]);
  await until('every good one', () => good.length >= broken.length && parked.length >= broken.length, {
    deadlineMs: 30_000,
  });
  expect(good).toEqual(broken.map((_, n) => String(n)));
  expect(parked.map(({ value }) => value)).toEqual(broken.map(({ value }) => value));
  expect(parked.map((letter) => noteOf(letter).reason)).toEqual([
    'not-json',
    'contract',
    'tombstone',
    ...['not-json', 'contract', 'contract', 'contract', 'contract', 'not-json'],
  ]);
});

it('finds the one at fault among events that are handled together', async () => {
  const handled = new Set<string>();
  @Controller()
  class Handler {
    @OnEventsTogether('model.loaded')
    async handle(events: readonly IncomingEvent<'model.loaded'>[]): Promise<void> {
      if (events.some(({ value }) => value.instance === 'bad')) throw new TypeError('bad instance');
      for (const { value } of events) handled.add(value.instance);
    }
  }
  const loaded = (instance: string) =>
    message({
      instance,
      model: 'backlink-outcome',
      generation: 1,
      version: 'v1.0.0',
      digest: `sha256:${'0'.repeat(64)}`,
      load_ms: 1,
      golden: { cases: 1, max_abs_difference: 0 },
      at: '2026-01-04T09:12:31Z',
    });
  await raw.send('model.loaded', ['a', 'b', 'bad', 'c'].map(loaded));
  await listen(Handler, new KafkaTransport({ kafka, group: 'together', logger }));
  await until('all but one', () => handled.size >= 3 && parked.length > 0, { deadlineMs: 30_000 });
  expect([...handled].sort()).toEqual(['a', 'b', 'c']);
  expect(parked.map((letter) => noteOf(letter).detail)).toEqual(['TypeError: bad instance']);
});

it('reads CloudEvents in structured mode', async () => {
  const seen: IncomingEvent<'training.requested'>[] = [];
  @Controller()
  class Handler {
    @OnEvent('training.requested')
    handle(event: IncomingEvent<'training.requested'>): void {
      if (event.source === 'urn:elsewhere') seen.push(event);
    }
  }
  await listen(Handler, new KafkaTransport({ kafka, group: 'structured', logger }));
  const envelope = {
    specversion: '1.0',
    id: uuid(70),
    source: 'urn:elsewhere',
    type: 'training.requested',
    time: '2026-01-04T09:12:31.000Z',
  };
  const headers = { 'content-type': 'application/cloudevents+json; charset=UTF-8' };
  const packed = Buffer.from(JSON.stringify(request(71))).toString('base64');
  await raw.send('training.requested', [
    { ...message({ ...envelope, data: request(70) }), headers },
    { ...message({ ...envelope, data_base64: packed }), headers },
  ]);
  await until('both', () => seen.length >= 2, { deadlineMs: 30_000 });
  expect(seen.map(({ value }) => value.request_id)).toEqual([uuid(70), uuid(71)]);
  expect(seen[0]).toMatchObject({ id: uuid(70), time: new Date('2026-01-04T09:12:31.000Z') });
});

it('cuts what is published into requests that a broker takes, and names what none does', async () => {
  const admin = kafka.admin();
  await admin.connect();
  await admin.alterConfigs({
    validateOnly: false,
    resources: [
      { type: 2, name: 'predictions', configEntries: [{ name: 'max.message.bytes', value: String(1024 * 1024) }] },
    ],
  });
  await admin.disconnect();
  // Random, so that no codec makes it small.
  const noise = (bytes: number) =>
    Buffer.from(Array.from({ length: bytes }, () => Math.random() * 256)).toString('base64');
  const circle: { self?: unknown } = {};
  circle.self = circle;
  const prediction = (n: number, note: unknown) => ({
    prediction_id: uuid(n),
    model: 'backlink-outcome',
    task_id: String(n),
    predicted_at: '2026-01-04T09:12:31Z',
    instance: 'i',
    version: 'v1.0.0',
    generation: 1,
    role: 'live' as const,
    site: {},
    decision: 'forum',
    probabilities: { forum: 1 },
    propensity: 1,
    note,
  });
  const predictions = [
    ...Array.from({ length: 100 }, (_, n) => prediction(n, noise(45_000))),
    prediction(100, noise(1_500_000)),
    prediction(101, circle),
    prediction(102, null),
  ];
  const producer = new EventProducer({ kafka, source: 'test', logger });
  const refused: string[] = [];
  await producer.publishMany('predictions', predictions, {
    idOf: ({ prediction_id }) => prediction_id,
    refused: ({ prediction_id }) => refused.push(prediction_id),
  });
  expect(refused.sort()).toEqual([uuid(100), uuid(101)]);
  expect(producer.health()).toBeNull();
  const [first] = predictions.slice(100);
  if (first) await expect(producer.publish('predictions', first)).rejects.toThrow();
  await producer.disconnect();
  const ends = kafka.admin();
  await ends.connect();
  const offsets = await ends.fetchTopicOffsets('predictions');
  await ends.disconnect();
  expect(offsets.reduce((sum, { high }) => sum + Number(high), 0)).toBe(101);
});
