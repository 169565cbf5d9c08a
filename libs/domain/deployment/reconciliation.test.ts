import { describe, expect, it } from 'vitest';
import type { DesiredState } from '#contracts/events/deployment';
import type { VersionRef } from '#contracts/primitives';
import type { Effect } from './effects.js';
import { type Observation, type Served, standingOf } from './observation.js';
import { refOf, World } from './world.fixture.js';

const EPOCH = '00000000-0000-4000-8000-00000000aaaa';

const serving = (generation: number, live: VersionRef | null, epoch: string | null = null): Served => ({
  instance: 'serving-1',
  generation,
  seenGeneration: generation,
  epoch,
  live,
});

function look(world: World, changes: Partial<Observation> = {}) {
  const { generation, epoch, live } = world.state;
  const topics = generation === 0 ? null : { generation, epoch, live };
  const agreeing: Observation = { topics, served: [], whole: new Set(), mendedOfLate: 0, lossIsTold: false };
  return world.clear().send({ kind: 'reconcile', observation: { ...agreeing, ...changes } });
}

const published = (world: World): DesiredState[] =>
  world.effects.flatMap((effect) => (effect.kind === 'desired-state' ? [effect.value] : []));

const only = <K extends Effect['kind']>(world: World, kind: K): Extract<Effect, { kind: K }>[] =>
  world.effects.filter((effect): effect is Extract<Effect, { kind: K }> => effect.kind === kind);

/** What a registry knows that has v1.0.0 live by an old backup, and what was decided since. */
const restored = () => new World('serving-1').live('v1.0.0');
const lost = (version: string, generation = 7) => ({ generation, epoch: EPOCH, live: refOf(version) });

describe('what the topics and the instances say', () => {
  it('changes nothing while it is what is wanted', () => {
    const world = restored();
    const { generation, live } = world.state;
    expect(look(world, { served: [serving(generation, live)] }).kind).toBe('unchanged');
    expect(look(new World()).kind).toBe('unchanged');
  });

  it.each([
    ['nothing', null],
    ['an older generation', { generation: 1, epoch: null, live: null }],
  ])('is published again above every generation when the topics hold %s', (_, topics) => {
    const world = restored();
    const before = world.state.generation;
    world.highestSeen = before;
    look(world, { topics, served: [serving(before, refOf('v1.0.0'))] });
    expect(published(world)).toMatchObject([{ generation: before + 1, cause: 'promote', live: refOf('v1.0.0') }]);
    expect(world.state.live).toMatchObject({ version: 'v1.0.0', generation: before + 1 });
    expect(only(world, 'reconciliation')).toMatchObject([
      { record: { finding: 'topics-lost', outcome: 'published-again', decision: { decision: 'none-needed' } } },
    ]);
    expect(world.alerts.has('desired-state-lost')).toBe(true);
    expect(only(world, 'audit')).toMatchObject([{ action: 'desired-state.published-again' }]);
  });

  it('asks for the acknowledgements of a running deployment anew when Kafka has lost it', () => {
    const world = restored().register('v1.1.0');
    world.deploy('v1.1.0');
    const before = world.state.generation;
    look(world, { topics: null });
    expect(published(world)).toMatchObject([{ generation: before + 1, cause: 'stage', staged: refOf('v1.1.0') }]);
    world.settle();
    expect(world.state.live?.version).toBe('v1.1.0');
  });

  it('ends the alert when every instance answers by what was published again', () => {
    const world = restored();
    look(world, { topics: null });
    const { generation, live } = world.state;
    look(world, { lossIsTold: true, served: [serving(generation - 1, live)] });
    expect(world.alerts.has('desired-state-lost')).toBe(true);
    look(world, { lossIsTold: true, served: [serving(generation, live)] });
    expect(world.alerts.has('desired-state-lost')).toBe(false);
  });
});

describe('a generation that this registry did not give out', () => {
  it('is left for what the registry knows when it names a version the registry knows', () => {
    const world = restored().register('v1.1.0');
    const before = world.state;
    look(world, { topics: lost('v1.1.0') });
    expect(published(world)).toMatchObject([{ generation: 8, live: refOf('v1.0.0') }]);
    expect(world.state.epoch).not.toBe(before.epoch);
    expect(published(world)[0]?.epoch).toBe(world.state.epoch);
    expect(only(world, 'reconciliation')).toMatchObject([{ record: { outcome: 'restored', decision: null } }]);
    expect(world.alerts.get('history-diverged')).toContain('v1.0.0 was published again above it');
    expect(only(world, 'audit')).toMatchObject([{ action: 'history.restored' }]);
  });

  it('keeps what instances serve by it when the package is whole and unknown here', () => {
    const world = restored();
    const ref = refOf('v1.1.0');
    look(world, { topics: lost('v1.1.0'), served: [serving(7, ref, EPOCH)], whole: new Set([ref.digest]) });
    expect(published(world)).toMatchObject([{ generation: 8, live: ref }]);
    expect(world.state).toMatchObject({ live: { version: 'v1.1.0', generation: 8 }, history: [refOf('v1.0.0')] });
    expect(world.stateOf('v1.1.0')).toBe('live');
    expect(world.stateOf('v1.0.0')).toBe('superseded');
    expect(only(world, 'reconciliation')).toMatchObject([
      {
        record: {
          finding: 'other-history',
          outcome: 'adopted',
          known: { generation: 2, version: 'v1.0.0' },
          seen: { generation: 7, version: 'v1.1.0', digest: ref.digest },
          generation: 8,
          decision: null,
        },
      },
    ]);
    // The operator's way back is an ordinary rollback.
    world.rollback('v1.0.0');
    expect(world.state).toMatchObject({ generation: 9, live: { version: 'v1.0.0' } });
  });

  it.each<[string, Partial<Observation>]>([
    ['names a package that is not there', { topics: { ...lost('v9.9.9'), generation: 1000 } }],
    ['is only heard of in a heartbeat', { served: [serving(1000, null)] }],
  ])('is answered with what is known when it %s, and hinders nothing afterwards', (_, changes) => {
    const world = restored().register('v1.1.0');
    look(world, changes);
    expect(published(world)).toMatchObject([{ generation: 1001, live: refOf('v1.0.0') }]);
    world.deploy('v1.1.0');
    world.settle();
    expect(world.state.live?.version).toBe('v1.1.0');
    expect(world.state.generation).toBeGreaterThan(1001);
  });

  it('takes no version away where the registry knows of none', () => {
    const world = new World('serving-1');
    look(world, { topics: lost('v1.1.0') });
    expect(published(world)).toEqual([]);
    expect(world.alerts.get('history-diverged')).toContain('Nothing was published');
  });

  it('is answered a few times, and then only told: somebody else keeps writing', () => {
    const world = restored();
    look(world, { topics: lost('v1.1.0'), mendedOfLate: 3 });
    expect(published(world)).toEqual([]);
    expect(world.alerts.get('history-diverged')).toContain('another registry or program writes to the same topics');
  });

  it.each([0, 1, 2, 1000])(
    'that leaves no room above, %d below the highest, is told, and commands go on by themselves',
    (below) => {
      const world = restored().register('v1.1.0');
      world.highestSeen = Number.MAX_SAFE_INTEGER - below;
      look(world, { topics: { ...lost('v9.9.9'), generation: world.highestSeen } });
      expect(published(world)).toEqual([]);
      expect(world.alerts.get('history-diverged')).toContain('It leaves no room above it');
      expect(world.deploy('v1.1.0').kind).toBe('changed');
      expect(world.state.generation).toBeLessThan(1000);
    },
  );

  it('is gone above when it is the number that this registry gave out last, with something else live', () => {
    const world = restored().register('v1.1.0');
    const { generation, epoch } = world.state;
    look(world, { topics: { generation, epoch, live: refOf('v1.1.0') } });
    expect(published(world)).toMatchObject([{ generation: generation + 1, live: refOf('v1.0.0') }]);
    expect(world.alerts.has('history-diverged')).toBe(true);
  });

  it('that leaves no room above is forgotten once it is gone from the topics, whoever remembers it', () => {
    const world = restored();
    const before = world.state.generation;
    world.highestSeen = Number.MAX_SAFE_INTEGER;
    look(world, { topics: null, served: [serving(Number.MAX_SAFE_INTEGER, refOf('v1.0.0'))] });
    expect(published(world)).toMatchObject([{ generation: before + 1, live: refOf('v1.0.0') }]);
  });

  it('is gone above by a command that comes before anybody has compared', () => {
    const world = restored().register('v1.1.0');
    const before = world.state;
    world.highestSeen = 7;
    world.deploy('v1.1.0', { expectedGeneration: before.generation });
    expect(published(world).at(-1)).toMatchObject({ generation: 8, epoch: world.state.epoch });
    expect(world.state.epoch).not.toBe(before.epoch);
    expect(only(world, 'audit').map(({ action }) => action)).toContain('history.left');
    expect(world.alerts.get('history-diverged')).toContain('Generation 7 was found');
    expect(only(world, 'reconciliation')).toMatchObject([
      { record: { finding: 'other-history', seen: { generation: 7 }, decision: null } },
    ]);
  });

  it('makes no acknowledgement count for the same number of this history', () => {
    const world = restored().register('v1.1.0');
    world.deploy('v1.1.0');
    const { generation } = world.state;
    const { version, digest } = refOf('v1.1.0');
    const loaded = { kind: 'loaded', instance: 'serving-1', generation, version, digest } as const;
    expect(world.send({ ...loaded, epoch: EPOCH }).kind).toBe('unchanged');
    expect(world.state.active?.phase).toBe('staging');
    expect(world.send({ ...loaded, epoch: world.state.epoch }).kind).toBe('changed');
    expect(world.state.active?.phase).toBe('activating');
  });
});

describe('how an instance stands', () => {
  const state = { generation: 8, epoch: EPOCH, live: { generation: 8 } };
  it.each([
    [{ generation: 8, epoch: EPOCH }, 'in-step'],
    [{ generation: 8 }, 'in-step'],
    [{ generation: null }, 'idle'],
    [{ generation: 7 }, 'behind'],
    [{ generation: 7, epoch: '00000000-0000-4000-8000-00000000bbbb' }, 'other-history'],
    [{ generation: 9, epoch: EPOCH }, 'ahead'],
  ] as const)('%o is %s', (instance, standing) => {
    expect(standingOf(instance, state)).toBe(standing);
  });
});
