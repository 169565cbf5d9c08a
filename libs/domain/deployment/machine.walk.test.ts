import { describe, expect, it } from 'vitest';
import type { Effect } from './effects.js';
import { World } from './world.fixture.js';

/** Mulberry32: the same walk for the same seed. */
function randomness(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const VERSIONS = ['v1.0.0', 'v1.1.0', 'v1.2.0', 'v1.3.0', 'v2.0.0'];
const INSTANCES = ['a', 'b', 'c'];

function walk(seed: number, steps: number): World {
  const random = randomness(seed);
  const pick = <T>(items: readonly T[]): T => {
    const item = items[Math.floor(random() * items.length)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  };
  const world = new World(...INSTANCES.slice(0, Math.floor(random() * 4)));
  if (random() < 0.4) world.canarySteps = [10, 50, 100];
  for (const version of VERSIONS) world.register(version, random() < 0.8 ? 'pass' : 'fail');
  const generationNow = () => Math.max(0, world.state.generation - Math.floor(random() * 2));
  const moves: (() => unknown)[] = [
    () => world.deploy(pick(VERSIONS), { force: random() < 0.3 }),
    () => world.rollback(random() < 0.6 ? null : pick(VERSIONS)),
    () => world.gate(pick(VERSIONS)),
    () => world.drill(),
    () => world.drill(),
    () => world.join(pick(INSTANCES)),
    () => world.leave(pick(INSTANCES)),
    () => world.wait(random() * 6_000),
    () => world.send({ kind: 'tick' }),
    () => world.refuse(pick(INSTANCES), generationNow()),
    () => world.settle(),
    () => world.send({ kind: 'accuracy-drop', version: pick(VERSIONS), generation: generationNow(), detail: 'worse' }),
    () => world.canaryAdvance(),
    () => world.canaryAbort(random() < 0.5 ? 'canary' : 'operator'),
    () => world.shadow(random() < 0.7 ? pick(VERSIONS) : null),
    ...Array.from({ length: 6 }, () => () => {
      if (world.state.active !== null || world.state.live !== null)
        world.ack(random() < 0.5 ? 'loaded' : 'activated', pick(INSTANCES), generationNow());
    }),
  ];
  for (let i = 0; i < steps; i++) {
    const before = world.state;
    const seen = world.effects.length;
    pick(moves)();
    check(world, before.generation, world.effects.slice(seen));
    // Retention may take what nothing uses.
    const unused = [...world.catalogue].find(
      ([version, entry]) => entry.state === 'rolled-back' && !world.state.warm.some((warm) => warm.version === version),
    );
    if (unused && random() < 0.05) world.register(unused[0], unused[1].verdict, 'removed');
  }
  return world;
}

function check(world: World, generationBefore: number, effects: readonly Effect[]): void {
  const { state } = world;
  const generations = effects.flatMap((e) => (e.kind === 'desired-state' ? [e.value.generation] : []));
  // One generation for each event, without gaps.
  expect(generations).toEqual(generations.map((_, i) => generationBefore + 1 + i));
  expect(state.generation).toBe(generationBefore + generations.length);
  const running = [...world.deployments.values()].filter((d) => ['staging', 'canary', 'activating'].includes(d.state));
  expect(running.map((d) => d.deployment_id)).toEqual(state.active ? [state.active.deployment_id] : []);
  const live = [...world.catalogue].filter(([, entry]) => entry.state === 'live').map(([version]) => version);
  expect(live).toEqual(state.live ? [state.live.version] : []);
  const last = world.effects.findLast((e) => e.kind === 'desired-state');
  if (last?.kind === 'desired-state') {
    expect(last.value.live?.version ?? null).toBe(state.live?.version ?? null);
    expect(last.value.staged !== null).toBe(state.active?.phase === 'staging' || state.active?.phase === 'canary');
    const { shadow, live: served, staged } = last.value;
    expect(shadow?.version).toBe(state.shadow?.version);
    if (shadow !== null) expect(shadow.version).not.toBe(served?.version);
    if (shadow !== null && state.active?.kind === 'deploy') expect(shadow.version).not.toBe(staged?.version);
    const names = [last.value.live, ...last.value.warm].flatMap((ref) => ref?.version ?? []);
    expect(new Set(names).size).toBe(names.length);
    expect(names.map((name) => world.stateOf(name))).not.toContain('removed');
  }
  expect(state.history.map((ref) => ref.version)).not.toContain(state.live?.version);
}

describe('a random walk', () => {
  const ends = new Set<string>();

  it.each(Array.from({ length: 100 }, (_, seed) => seed))('keeps every invariant (seed %i)', (seed) => {
    const world = walk(seed, 60);
    // And whatever state it is in, it comes to rest: by acknowledgements, or by the deadline.
    for (let i = 0; i < 10 && world.state.active !== null; i++) {
      if (world.state.active.phase === 'canary') world.canaryAdvance();
      world.wait(10_000);
      world.send({ kind: 'tick' });
    }
    expect(world.state.active).toBeNull();
    for (const deployment of world.deployments.values()) ends.add(`${deployment.kind} ${deployment.state}`);
  });

  it('has seen every way a deployment can end', () => {
    expect([...ends].sort()).toEqual([
      'deploy done',
      'deploy failed',
      'deploy superseded',
      'drill done',
      'drill failed',
      'drill superseded',
      'rollback done',
      'rollback failed',
      'rollback superseded',
    ]);
  });
});
