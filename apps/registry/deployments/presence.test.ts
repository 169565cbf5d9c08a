import { register } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Heartbeat } from '#contracts/events/deployment';
import { RegistryConfig } from '../config.js';
import { isDeaf, Presence } from './presence.js';

const MODEL = 'backlink-outcome';
const START = new Date('2026-01-04T09:00:00.000Z');
const config = RegistryConfig.parse({
  KAFKA_BROKERS: 'localhost:9092',
  DATABASE_URL: 'postgres://localhost/x',
  ARTIFACTS_URL: 'file:///x',
  PRESENCE_SECONDS: '10',
});

const heartbeat = (instance: string, generation = 1, version = 'v1.0.0'): Heartbeat => ({
  instance,
  url: 'http://127.0.0.1:7410',
  started_at: START.toISOString(),
  at: new Date().toISOString(),
  ready: true,
  models: [
    {
      model: MODEL,
      seen_generation: generation,
      generation,
      version,
      digest: `sha256:${'0'.repeat(64)}`,
      canary: null,
      warm: [],
    },
  ],
});

async function presenceAfterCatchUp() {
  const kafka = { problem: null as string | null };
  const presence = new Presence({ caughtUp: async () => undefined, health: () => kafka.problem }, config);
  await presence.ready();
  const wait = (ms: number) => vi.setSystemTime(Date.now() + ms);
  const names = () => presence.list().map((entry) => entry.heartbeat.instance);
  return { presence, kafka, wait, names };
}

describe('presence', () => {
  beforeEach(() => void vi.useFakeTimers({ now: START, toFake: ['Date'] }));
  afterEach(() => void vi.useRealTimers());

  it('is a fresh heartbeat, until it is old or the instance says goodbye', async () => {
    const { presence, wait, names } = await presenceAfterCatchUp();
    presence.heard(heartbeat('b'), new Date());
    presence.heard(heartbeat('a'), new Date());
    expect(names()).toEqual(['a', 'b']);
    presence.gone('b');
    wait(9_999);
    expect(names()).toEqual(['a']);
    wait(1);
    expect(names()).toEqual([]);
  });

  it('counts who sends and does not hear', async () => {
    const { presence } = await presenceAfterCatchUp();
    const deaf = async () => (await register.getSingleMetric('ratchet_instances_deaf')?.get())?.values[0]?.value;
    presence.heard({ ...heartbeat('deaf'), ready: false, deaf_since: START.toISOString() }, new Date());
    presence.heard({ ...heartbeat('hears'), deaf_since: null }, new Date());
    presence.heard(heartbeat('of an older release'), new Date());
    expect(presence.list().filter((entry) => isDeaf(entry.heartbeat))).toHaveLength(1);
    expect(await deaf()).toBe(1);
    presence.heard({ ...heartbeat('deaf'), deaf_since: null }, new Date());
    presence.list();
    expect(await deaf()).toBe(0);
  });

  it('misses who fell silent, not who took leave or has been gone for long, and nobody while Kafka is away', async () => {
    const { presence, kafka, wait } = await presenceAfterCatchUp();
    presence.heard(heartbeat('killed'), new Date());
    presence.heard(heartbeat('left'), new Date());
    presence.gone('left');
    expect(presence.missing()).toEqual([]);
    wait(11_000);
    expect(presence.missing()).toEqual([{ instance: 'killed', lastSeen: START }]);
    kafka.problem = 'no answer from Kafka for 10 s';
    expect(presence.missing()).toEqual([]);
    kafka.problem = null;
    expect(presence.missing()).toEqual([{ instance: 'killed', lastSeen: START }]);
    wait(3_600_000);
    expect(presence.missing()).toEqual([]);
  });

  it('goes by the sender’s time only for what was there before the start', async () => {
    let caughtUp = () => {};
    const presence = new Presence(
      { caughtUp: () => new Promise((resolve) => (caughtUp = resolve)), health: () => null },
      config,
    );
    presence.heard(heartbeat('old'), new Date(START.getTime() - 60_000));
    presence.heard(heartbeat('fresh'), new Date(START.getTime() - 2_000));
    caughtUp();
    await presence.ready();
    // Its clock is an hour behind, but it was heard just now.
    presence.heard(heartbeat('slow clock'), new Date(START.getTime() - 3_600_000));
    expect(presence.list().map((entry) => entry.heartbeat.instance)).toEqual(['fresh', 'slow clock']);
  });

  it('does not take an outage of Kafka for everybody leaving', async () => {
    const { presence, kafka, wait, names } = await presenceAfterCatchUp();
    presence.heard(heartbeat('a'), new Date());
    wait(3_000);
    kafka.problem = 'no answer from Kafka for 10 s';
    expect(presence.steadyForMs()).toBe(0);
    wait(120_000);
    expect(names()).toEqual(['a']);
    kafka.problem = null;
    expect(names()).toEqual(['a']);
    expect(presence.steadyForMs()).toBe(0);
    wait(6_000);
    expect(presence.steadyForMs()).toBe(6_000);
    expect(names()).toEqual(['a']);
    wait(2_000);
    expect(names()).toEqual([]);
  });

  it('says since when it hears nothing itself', async () => {
    const { presence, kafka, wait } = await presenceAfterCatchUp();
    expect(presence.deafSince()).toBeNull();
    kafka.problem = 'no answer from Kafka for 10 s';
    expect(presence.deafSince()).toEqual(START);
    wait(60_000);
    expect(presence.deafSince()).toEqual(START);
    kafka.problem = null;
    expect(presence.deafSince()).toBeNull();
  });

  it('believes an instance whose clock was set back', async () => {
    const { presence } = await presenceAfterCatchUp();
    const hourAhead = new Date(START.getTime() + 3_600_000).toISOString();
    presence.heard({ ...heartbeat('a', 1), at: hourAhead }, new Date());
    presence.heard(heartbeat('a', 2, 'v1.1.0'), new Date());
    expect(presence.forModel(MODEL)).toMatchObject([{ generation: 2, version: 'v1.1.0' }]);
  });

  it('knows of an activation before the next heartbeat does, and is not led back by an older one', async () => {
    const { presence, wait } = await presenceAfterCatchUp();
    const before = heartbeat('a');
    presence.heard(before, new Date());
    wait(500);
    const late = heartbeat('a');
    wait(1);
    presence.activated({
      instance: 'a',
      model: MODEL,
      generation: 2,
      version: 'v1.1.0',
      digest: `sha256:${'1'.repeat(64)}`,
      at: new Date().toISOString(),
      swap_ms: 1,
    });
    expect(presence.forModel(MODEL)).toMatchObject([{ instance: 'a', generation: 2, version: 'v1.1.0' }]);
    presence.heard(late, new Date());
    expect(presence.forModel(MODEL)).toMatchObject([{ instance: 'a', generation: 2, version: 'v1.1.0' }]);
    wait(1);
    presence.heard(heartbeat('a', 3, 'v1.0.0'), new Date());
    expect(presence.forModel(MODEL)).toMatchObject([{ instance: 'a', generation: 3, version: 'v1.0.0' }]);
    expect(presence.forModel('weather')).toMatchObject([{ instance: 'a', generation: null, version: null }]);
  });
});
