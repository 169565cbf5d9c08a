import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { RegistryConfig } from '../config.js';
import { ListeningTime } from './listening-time.js';
import { Presence } from './presence.js';

const config = RegistryConfig.parse({
  KAFKA_BROKERS: 'localhost:9092',
  DATABASE_URL: 'postgres://localhost/x',
  ARTIFACTS_URL: 'file:///x',
});
const START = new Date('2026-01-04T09:00:00.000Z');

beforeEach(() => void vi.useFakeTimers({ now: START, toFake: ['Date'] }));
afterEach(() => void vi.useRealTimers());

it('counts from when both consumers hear, and anew after each break', async () => {
  const group: { problem: string | null } = { problem: 'has not joined its consumer group yet' };
  const broadcast: { problem: string | null } = { problem: null };
  const presence = new Presence({ caughtUp: async () => undefined, health: () => broadcast.problem }, config);
  await presence.ready();
  const listening = new ListeningTime({ health: () => group.problem }, presence);
  const after = (ms: number): number => {
    vi.setSystemTime(Date.now() + ms);
    return listening.forMs();
  };
  expect(after(6_000)).toBe(0);
  group.problem = null;
  expect(after(2_000)).toBe(2_000);
  expect(after(2_000)).toBe(4_000);
  broadcast.problem = 'no answer from Kafka for 10 s';
  expect(after(1_000)).toBe(0);
  broadcast.problem = null;
  expect(after(0)).toBe(0);
  expect(after(3_000)).toBe(3_000);
  group.problem = 'no answer from Kafka for 10 s';
  expect(after(500)).toBe(0);
});
