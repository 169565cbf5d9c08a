import { SchedulerRegistry } from '@nestjs/schedule';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Heartbeat } from '#contracts/events/deployment';
import type { EventProducer } from '#kafka/produce/producer';
import { createLogger } from '#platform/logging';
import { Loops } from '#platform/loop/loops';
import { ServingEnv, servingConfig } from '../config.js';
import type { Follower } from './follower.js';
import { HeartbeatService } from './heartbeat.js';

const START = Date.parse('2026-01-04T09:00:00.000Z');
const config = servingConfig(
  ServingEnv.parse({ KAFKA_BROKERS: 'localhost:9092', ARTIFACTS_URL: 'file:///x', INSTANCE_ID: 'one' }),
);

beforeEach(() => void vi.useFakeTimers({ now: START }));
afterEach(() => void vi.useRealTimers());

it('says that it is deaf at once, and that it should not be asked only after Kafka took its beats for a while', async () => {
  const kafka: { away: boolean; deafSince: Date | null } = { away: false, deafSince: null };
  const beats: Heartbeat[] = [];
  const producer: Pick<EventProducer, 'publish' | 'tombstone'> = {
    publish: async (_, event) => {
      if (kafka.away) throw new Error('no broker answers');
      if ('deaf_since' in event) beats.push(event as unknown as Heartbeat);
    },
    tombstone: async () => undefined,
  };
  const transport = {
    health: () => (kafka.deafSince === null ? null : 'no answer from Kafka'),
    deafSince: () => kafka.deafSince,
  };
  const follower: Pick<Follower, 'standing' | 'unreadiness'> = { standing: () => [], unreadiness: () => null };
  const loops = new Loops(new SchedulerRegistry());
  const heartbeat = Reflect.construct(HeartbeatService, [
    producer,
    transport,
    follower,
    config,
    loops,
    createLogger('test', 'silent'),
  ]) as HeartbeatService;
  loops.start();
  const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
  await pass(4_000);
  expect(beats.at(-1)).toMatchObject({ ready: true, deaf_since: null });

  kafka.deafSince = new Date();
  await pass(2_000);
  expect(beats.at(-1)).toMatchObject({ ready: false, deaf_since: kafka.deafSince.toISOString() });
  expect(heartbeat.deafness()).toBeNull();
  await pass(14_000);
  expect(heartbeat.deafness()).toContain('it hears nothing: no answer from Kafka');

  // Nobody hears while there is no Kafka: then it answers as well as the others.
  kafka.away = true;
  await pass(4_000);
  expect(heartbeat.deafness()).toBeNull();
  kafka.away = false;
  await pass(4_000);
  expect(heartbeat.deafness()).toBeNull();
  await pass(15_000);
  expect(heartbeat.deafness()).not.toBeNull();

  kafka.deafSince = null;
  await pass(2_000);
  expect(beats.at(-1)).toMatchObject({ ready: true, deaf_since: null });
  expect(heartbeat.deafness()).toBeNull();
  await loops.stop();
});
