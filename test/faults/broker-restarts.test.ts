import { Controller, type INestMicroservice, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createKafka, type Kafka } from '#kafka/client/connection';
import { EventProducer } from '#kafka/produce/producer';
import { applyTopics } from '#kafka/topics/topics';
import { type IncomingEvent, KafkaTransport, OnEvent } from '#kafka/transport';
import { createLogger } from '#platform/logging';
import { freePort } from '../../deploy/local/ports.js';
import { until } from '../../deploy/local/until.js';
import { type RestartableKafka, restartableKafka } from './restartable-kafka.js';

/** The long form: `BROKER_RESTARTS=40 npx vitest run --project faults test/faults/broker-restarts.test.ts`. */
const RESTARTS = Number(process.env.BROKER_RESTARTS ?? 4);
const GROUPS = 3;

const logger = createLogger('test', process.env.LOG_LEVEL ?? 'silent');
let broker: RestartableKafka;
let kafka: Kafka;
let producer: EventProducer;
const running: INestMicroservice[] = [];
const transports: KafkaTransport[] = [];
/** Numbers of the requests that each consumer has heard, by its name. */
const heard = new Map<string, Set<number>>();

async function listen(name: string, mode: 'group' | 'broadcast'): Promise<INestMicroservice> {
  const numbers = heard.get(name) ?? new Set<number>();
  heard.set(name, numbers);
  @Controller()
  class Handler {
    @OnEvent('training.requested', { mode })
    handle({ value }: IncomingEvent<'training.requested'>): void {
      numbers.add(Number(value.request_id.slice(-6)));
    }
  }
  @Module({ controllers: [Handler] })
  class TestModule {}
  const strategy = new KafkaTransport({ kafka, group: name, mode, logger });
  const app = await NestFactory.createMicroservice(TestModule, { strategy, logger: false });
  await app.listen();
  running.push(app);
  transports.push(strategy);
  return app;
}

let sent = 0;
/** One more request; its number. Tries until Kafka has it, as services do. */
async function send(): Promise<number> {
  const number = ++sent;
  await until(
    `Kafka to take request ${number}`,
    () =>
      producer
        .publish('training.requested', {
          request_id: `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`,
          model: 'backlink-outcome',
          trigger: 'cli',
          actor: 'test',
          requested_at: '2026-01-04T09:12:31.000Z',
          auto_deploy: true,
        })
        .then(
          () => true,
          () => false,
        ),
    { deadlineMs: 120_000 },
  );
  return number;
}

const everybodyHears = (number: number, restart: string): Promise<unknown> =>
  until(`everybody to hear request ${number} after ${restart}`, () => [...heard.values()].every((h) => h.has(number)), {
    deadlineMs: 120_000,
  });

beforeAll(async () => {
  broker = await restartableKafka(await freePort());
  kafka = createKafka({ KAFKA_BROKERS: [broker.brokers], KAFKA_TLS: false }, 'test', logger);
  await applyTopics(kafka);
  producer = new EventProducer({ kafka, source: 'test', logger });
  for (let n = 0; n < GROUPS; n++) await listen(`group-${n}`, 'group');
  await listen('everyone-1', 'broadcast');
  await listen('everyone-2', 'broadcast');
  await everybodyHears(await send(), 'the start');
});
afterAll(async () => {
  for (const app of running) await app.close();
  await producer?.disconnect();
  await broker?.stop();
});

it(`hears everything again after each of ${RESTARTS} broker restarts`, {
  timeout: 120_000 + RESTARTS * 60_000,
}, async () => {
  for (let n = 1; n <= RESTARTS; n++) {
    const signal = n % 2 === 0 ? 'SIGKILL' : 'SIGTERM';
    // Every other pair of restarts comes in the midst of a rebalance.
    const joining = n % 4 >= 2 ? listen('group-0', 'group') : null;
    await broker.restart(signal);
    await joining;
    await everybodyHears(await send(), `restart ${n} by ${signal}`);
    await until(
      `all consumers to say so after restart ${n}`,
      () => transports.every((each) => each.health() === null),
      {
        deadlineMs: 60_000,
      },
    );
  }
  for (const [name, numbers] of heard) expect([name, numbers.size]).toEqual([name, sent]);
  expect(producer.health()).toBeNull();
});
