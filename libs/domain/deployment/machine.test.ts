import { describe, expect, it } from 'vitest';
import { versionsInUse } from './versions.js';
import { refOf, World } from './world.fixture.js';

const code = (decision: ReturnType<World['deploy']>) => (decision.kind === 'rejected' ? decision.code : decision.kind);

describe('deploy', () => {
  it('stages, promotes when all have loaded, and is done when all have activated', () => {
    const world = new World('a', 'b').register('v1.0.0');
    expect(world.deploy('v1.0.0')).toMatchObject({
      kind: 'changed',
      accepted: { generation: 1, from_version: null, to_version: 'v1.0.0' },
    });
    expect(world.topics()).toEqual(['model.staged']);
    expect(world.state.live).toBeNull();
    world.ack('loaded', 'a');
    expect(world.topics()).toEqual(['model.staged']);
    world.ack('loaded', 'b');
    expect(world.topics()).toEqual(['model.staged', 'model.promoted']);
    expect(world.state).toMatchObject({ generation: 2, live: { version: 'v1.0.0', generation: 2, proven: false } });
    world.ack('activated', 'b');
    expect(world.state.active?.phase).toBe('activating');
    world.wait(7);
    world.ack('activated', 'a');
    expect(world.state).toMatchObject({ generation: 2, active: null, live: { proven: true } });
    const [deployment] = world.deployments.values();
    expect(deployment).toMatchObject({ state: 'done', kind: 'deploy', trigger: 'operator', actor: 'ada' });
    expect(deployment?.instances).toEqual([
      { instance: 'a', state: 'activated', milliseconds: 7, detail: null },
      { instance: 'b', state: 'activated', milliseconds: 0, detail: null },
    ]);
    expect(world.stateOf('v1.0.0')).toBe('live');
  });

  it('tells instances what stays live and warm while they load the next one', () => {
    const world = new World('a').live('v1.0.0', 'v1.1.0').register('v1.2.0').clear();
    world.deploy('v1.2.0');
    expect(world.effects).toContainEqual({
      kind: 'backup',
      deployment_id: world.state.active?.deployment_id,
      ref: refOf('v1.1.0'),
      generation: 4,
    });
    expect(world.effects.find((e) => e.kind === 'desired-state')).toMatchObject({
      topic: 'model.staged',
      value: {
        cause: 'stage',
        live: { version: 'v1.1.0' },
        staged: { version: 'v1.2.0' },
        warm: [{ version: 'v1.0.0' }],
        deadline_at: '2026-01-04T09:00:10.000Z',
      },
    });
    world.ack('loaded', 'a');
    expect(world.effects.find((e) => e.kind === 'desired-state' && e.topic === 'model.promoted')).toMatchObject({
      value: { live: { version: 'v1.2.0' }, staged: null, warm: [{ version: 'v1.1.0' }, { version: 'v1.0.0' }] },
    });
    expect([world.stateOf('v1.1.0'), world.stateOf('v1.2.0')]).toEqual(['superseded', 'live']);
  });

  it('completes at once when nobody is there, and the first to come proves it', () => {
    const world = new World().register('v1.0.0');
    world.deploy('v1.0.0');
    expect(world.topics()).toEqual(['model.staged', 'model.promoted']);
    expect(world.state).toMatchObject({ active: null, live: { version: 'v1.0.0', proven: false } });
    world.join('late');
    world.ack('activated', 'late', 2);
    expect(world.state.live?.proven).toBe(true);
  });

  it('waits for an instance that joins while it runs, and not for one that leaves', () => {
    const world = new World('a', 'b').register('v1.0.0');
    world.deploy('v1.0.0');
    world.ack('loaded', 'a');
    world.join('c');
    world.leave('b');
    world.send({ kind: 'tick' });
    expect(world.state.active?.phase).toBe('staging');
    world.ack('loaded', 'c');
    expect(world.state.active?.phase).toBe('activating');
    world.settle();
    expect([...world.deployments.values()][0]?.instances).toContainEqual({
      instance: 'b',
      state: 'waiting',
      milliseconds: null,
      detail: 'gone before it acknowledged',
    });
  });

  it('takes a heartbeat with generation and version for a lost acknowledgement', () => {
    const world = new World('a').live('v1.0.0').register('v1.1.0');
    world.deploy('v1.1.0');
    world.ack('loaded', 'a');
    world.instances.set('a', { instance: 'a', generation: world.state.generation, version: 'v1.1.0' });
    world.send({ kind: 'tick' });
    expect(world.state.active).toBeNull();
  });

  it('ignores acknowledgements of another generation, another digest, or twice', () => {
    const world = new World('a', 'b').register('v1.0.0');
    world.deploy('v1.0.0');
    expect(code(world.ack('loaded', 'a', 0))).toBe('unchanged');
    expect(code(world.ack('activated', 'a'))).toBe('unchanged');
    expect(
      code(world.send({ kind: 'loaded', instance: 'a', generation: 1, version: 'v1.0.0', digest: 'sha256:other' })),
    ).toBe('unchanged');
    expect(code(world.ack('loaded', 'a'))).toBe('changed');
    expect(code(world.ack('loaded', 'a'))).toBe('unchanged');
    expect(world.state.generation).toBe(1);
  });
});

describe('rejections change nothing', () => {
  const live = () => new World('a').live('v1.0.0').register('v1.1.0', 'fail', 'rejected').clear();
  it.each([
    ['an unknown version', live(), (w: World) => w.deploy('v9.0.0'), 'unknown-version', 'version'],
    [
      'a removed version',
      live().register('v0.9.0', 'pass', 'removed'),
      (w: World) => w.deploy('v0.9.0'),
      'version-removed',
      'version',
    ],
    ['what is live already', live(), (w: World) => w.deploy('v1.0.0'), 'already-live', 'version'],
    ['a failed verdict', live(), (w: World) => w.deploy('v1.1.0'), 'verdict-not-pass', 'version'],
    [
      'a missing verdict',
      live().register('v1.2.0', null),
      (w: World) => w.deploy('v1.2.0'),
      'verdict-not-pass',
      'version',
    ],
    [
      'an old generation',
      live().register('v1.2.0'),
      (w: World) => w.deploy('v1.2.0', { expectedGeneration: 1 }),
      'stale-generation',
      'expected_generation',
    ],
    ['a rollback with one version', live(), (w: World) => w.rollback(), 'nothing-to-roll-back-to', null],
    ['a rollback to the unknown', live(), (w: World) => w.rollback('v9.0.0'), 'unknown-version', 'version'],
    ['a rollback to what is live', live(), (w: World) => w.rollback('v1.0.0'), 'already-live', 'version'],
    [
      'a rollback to what was never live and failed',
      live(),
      (w: World) => w.rollback('v1.1.0'),
      'verdict-not-pass',
      'version',
    ],
    [
      'a rollback from an old generation',
      live(),
      (w: World) => w.rollback(null, 1),
      'stale-generation',
      'expected_generation',
    ],
    [
      'a rollback of nothing',
      new World('a').register('v1.0.0'),
      (w: World) => w.rollback('v1.0.0'),
      'nothing-to-roll-back-to',
      null,
    ],
  ])('%s', (_name, world, act, expected, field) => {
    const before = structuredClone(world.state);
    expect(act(world)).toMatchObject({ kind: 'rejected', code: expected, field });
    expect(world.state).toEqual(before);
    expect(world.effects).toEqual([]);
  });

  it('a deploy while another one runs', () => {
    const world = new World('a').live('v1.0.0').register('v1.1.0').register('v1.2.0');
    world.deploy('v1.1.0');
    expect(code(world.deploy('v1.2.0'))).toBe('deployment-in-progress');
    expect(code(world.deploy('v1.1.0'))).toBe('deployment-in-progress');
  });

  it('but force deploys against the verdict, and says so', () => {
    const world = live();
    world.deploy('v1.1.0', { force: true });
    world.settle();
    expect(world.state.live?.version).toBe('v1.1.0');
    expect([...world.deployments.values()].at(-1)).toMatchObject({ forced: true, state: 'done' });
  });
});

describe('rollback', () => {
  it('goes back in one generation and keeps the version it left warm', () => {
    const world = new World('a', 'b').live('v1.0.0', 'v1.1.0').clear();
    const { generation } = world.state;
    expect(world.rollback()).toMatchObject({
      accepted: { generation: generation + 1, from_version: 'v1.1.0', to_version: 'v1.0.0' },
    });
    expect(world.topics()).toEqual(['model.rolled-back']);
    expect(world.state).toMatchObject({
      live: { version: 'v1.0.0' },
      warm: [{ version: 'v1.1.0' }],
      active: { phase: 'activating', kind: 'rollback' },
    });
    world.settle();
    expect([world.stateOf('v1.0.0'), world.stateOf('v1.1.0')]).toEqual(['live', 'rolled-back']);
  });

  it('walks back through what was live, never to what was itself rolled back', () => {
    const world = new World('a').live('v1.0.0', 'v1.1.0', 'v1.2.0');
    world.rollback();
    world.settle();
    expect(world.state.live?.version).toBe('v1.1.0');
    world.live('v1.3.0');
    world.rollback();
    world.settle();
    expect(world.state.live?.version).toBe('v1.1.0');
    world.rollback();
    world.settle();
    expect(world.state.live?.version).toBe('v1.0.0');
    expect(code(world.rollback())).toBe('nothing-to-roll-back-to');
  });

  it('goes to a named version, even one that was rolled back', () => {
    const world = new World('a').live('v1.0.0', 'v1.1.0', 'v1.2.0');
    world.rollback('v1.0.0');
    world.settle();
    expect(world.state.live?.version).toBe('v1.0.0');
    world.rollback('v1.2.0');
    world.settle();
    expect(world.state.live?.version).toBe('v1.2.0');
  });

  it('skips a version whose artifacts were removed', () => {
    const world = new World('a').live('v1.0.0', 'v1.1.0', 'v1.2.0').register('v1.1.0', 'pass', 'removed');
    world.rollback();
    expect(world.state.live?.version).toBe('v1.0.0');
  });

  it('wins over a deployment that is still staging', () => {
    const world = new World('a').live('v1.0.0', 'v1.1.0').register('v1.2.0');
    world.deploy('v1.2.0');
    world.rollback();
    expect(world.state).toMatchObject({ live: { version: 'v1.0.0' }, active: { kind: 'rollback' } });
    expect([...world.deployments.values()].map((d) => [d.to_version, d.state])).toEqual([
      ['v1.0.0', 'done'],
      ['v1.1.0', 'done'],
      ['v1.2.0', 'superseded'],
      ['v1.0.0', 'activating'],
    ]);
    expect(world.stateOf('v1.2.0')).toBe('registered');
  });

  it.each(['superseded', 'rolled-back', 'rejected'] as const)(
    'leaves a version that was %s before somebody deployed it again as it was',
    (state) => {
      const world = new World('a').live('v1.0.0', 'v1.1.0').register('v0.9.0', 'fail', state);
      world.deploy('v0.9.0', { force: true });
      world.rollback();
      expect(world.stateOf('v0.9.0')).toBe(state);
    },
  );

  it('wins over a deployment that is activating', () => {
    const world = new World('a').live('v1.0.0').register('v1.1.0');
    world.deploy('v1.1.0');
    world.ack('loaded', 'a');
    expect(world.state.live?.version).toBe('v1.1.0');
    world.rollback();
    world.settle();
    expect(world.state).toMatchObject({ live: { version: 'v1.0.0' }, active: null });
  });

  it('gives up a staging when there is nothing earlier', () => {
    const world = new World('a').live('v1.0.0').register('v1.1.0').clear();
    world.deploy('v1.1.0');
    expect(world.rollback()).toMatchObject({ accepted: { from_version: 'v1.1.0', to_version: 'v1.0.0' } });
    expect(world.topics()).toEqual(['model.staged', 'model.rolled-back']);
    expect(world.state).toMatchObject({ live: { version: 'v1.0.0' }, active: null });
  });
});

describe('when an instance cannot follow', () => {
  it('a refusal while staging leaves everything as it is', () => {
    const world = new World('a', 'b').live('v1.0.0').register('v1.1.0').clear();
    world.deploy('v1.1.0');
    world.ack('loaded', 'a');
    world.refuse('b');
    expect(world.topics()).toEqual(['model.staged', 'deployment.failed', 'model.rolled-back']);
    expect(world.state).toMatchObject({ generation: 4, live: { version: 'v1.0.0' }, active: null });
    expect(world.effects.findLast((e) => e.kind === 'desired-state')).toMatchObject({
      value: { cause: 'abort', live: { version: 'v1.0.0' }, staged: null },
    });
    expect(world.stateOf('v1.1.0')).toBe('rejected');
    expect([...world.alerts.keys()]).toEqual(['deployment-failed']);
  });

  it('a first version that cannot be loaded leaves nothing live', () => {
    const world = new World('a').register('v1.0.0');
    world.deploy('v1.0.0');
    world.refuse('a');
    expect(world.state).toMatchObject({ generation: 2, live: null, active: null });
  });

  it.each(['refusal', 'deadline'])('%s after promotion leads back by itself', (how) => {
    const world = new World('a', 'b').live('v1.0.0').register('v1.1.0').clear();
    world.deploy('v1.1.0');
    world.ack('loaded', 'a');
    world.ack('loaded', 'b');
    world.ack('activated', 'a');
    if (how === 'refusal') world.refuse('b');
    else {
      world.wait(9_999);
      world.send({ kind: 'tick' });
      expect(world.state.active?.kind).toBe('deploy');
      world.wait(1);
      world.send({ kind: 'tick' });
    }
    expect(world.topics()).toEqual(['model.staged', 'model.promoted', 'deployment.failed', 'model.rolled-back']);
    expect(world.state).toMatchObject({
      live: { version: 'v1.0.0' },
      active: { kind: 'rollback', trigger: how === 'refusal' ? 'activation-failed' : 'deadline', actor: 'registry' },
      cool_down_until: expect.any(String),
    });
    world.settle();
    expect([world.stateOf('v1.0.0'), world.stateOf('v1.1.0')]).toEqual(['live', 'rolled-back']);
  });

  it('silence while staging is given up at the deadline', () => {
    const world = new World('a', 'b').live('v1.0.0').register('v1.1.0').clear();
    world.deploy('v1.1.0');
    world.ack('loaded', 'a');
    world.wait(10_000);
    world.send({ kind: 'tick' });
    expect(world.effects.find((e) => e.kind === 'deployment-failed')).toMatchObject({
      value: { version: 'v1.1.0', instances: ['b'], reason: 'no acknowledgement from b by the deadline' },
    });
    expect(world.state).toMatchObject({ live: { version: 'v1.0.0' }, active: null });
  });

  it('silence while nobody could be heard counts for nothing', () => {
    const world = new World('a', 'b').live('v1.0.0').register('v1.1.0');
    world.deploy('v1.1.0');
    world.wait(60_000);
    for (const heardForMs of [0, 9_999]) {
      world.heardForMs = heardForMs;
      world.send({ kind: 'tick' });
      expect(world.state.active).toMatchObject({ phase: 'staging' });
    }
    world.ack('loaded', 'a');
    world.heardForMs = 10_000;
    world.send({ kind: 'tick' });
    expect(world.state).toMatchObject({ live: { version: 'v1.0.0' }, active: null });
  });

  it('a first version stays when there is nothing to go back to', () => {
    const world = new World('a', 'b').register('v1.0.0');
    world.deploy('v1.0.0');
    world.ack('loaded', 'a');
    world.ack('loaded', 'b');
    world.refuse('b');
    expect(world.state).toMatchObject({ generation: 2, live: { version: 'v1.0.0' }, active: null });
    expect(world.alerts.get('deployment-failed')).toContain('no good version');
  });

  it('a rollback goes on for the others and stays incomplete at the deadline', () => {
    const world = new World('a', 'b').live('v1.0.0', 'v1.1.0');
    world.rollback();
    world.refuse('a');
    expect(world.state.active?.kind).toBe('rollback');
    world.ack('activated', 'b');
    expect(world.state.active?.kind).toBeUndefined();
    expect(world.state.live?.version).toBe('v1.0.0');
    expect([...world.deployments.values()].at(-1)).toMatchObject({ state: 'failed' });
  });

  it('a rollback that nobody can follow is taken back, and its target is not chosen again', () => {
    const world = new World('a', 'b').live('v1.0.0', 'v1.1.0', 'v1.2.0');
    world.rollback();
    world.refuse('a');
    world.clear();
    world.refuse('b');
    expect(world.topics()).toEqual(['deployment.failed', 'model.rolled-back']);
    expect(world.state).toMatchObject({ live: { version: 'v1.2.0' }, active: null });
    expect([world.stateOf('v1.1.0'), world.stateOf('v1.2.0')]).toEqual(['rolled-back', 'live']);
    world.rollback();
    world.settle();
    expect(world.state.live?.version).toBe('v1.0.0');
  });

  it('one sick instance long after a deployment changes nothing', () => {
    const world = new World('a').live('v1.0.0', 'v1.1.0');
    expect(code(world.refuse('late', world.state.generation))).toBe('unchanged');
  });

  it('but it does when nobody has ever served the version', () => {
    const world = new World('a').live('v1.0.0').register('v1.1.0');
    world.leave('a');
    world.deploy('v1.1.0');
    expect(world.state.live).toMatchObject({ version: 'v1.1.0', proven: false });
    world.join('b');
    world.refuse('b', world.state.generation);
    expect(world.state).toMatchObject({ live: { version: 'v1.0.0' }, active: { trigger: 'activation-failed' } });
  });
});

describe('what happens by itself', () => {
  it('a version that passed the gate goes live', () => {
    const world = new World('a').register('v1.0.0');
    world.gate('v1.0.0');
    world.settle();
    expect(world.state.live?.version).toBe('v1.0.0');
    expect([...world.deployments.values()][0]).toMatchObject({ trigger: 'gate', actor: 'gate' });
  });

  it.each(['live', 'superseded', 'rolled-back', 'rejected', 'removed'] as const)('never one that is %s', (state) => {
    const world = new World('a').register('v1.0.0', 'pass', state);
    expect(code(world.gate('v1.0.0'))).toBe('unchanged');
  });

  it('is held when it was judged against something that is no longer live', () => {
    const world = new World('a').live('v1.0.0', 'v1.1.0').register('v1.2.0').clear();
    world.gate('v1.2.0', 'v1.0.0');
    expect(world.topics()).toEqual([]);
    expect(world.alerts.get('auto-deploy-held')).toContain('judged against v1.0.0');
    world.deploy('v1.2.0');
    world.settle();
    expect(world.alerts.size).toBe(0);
  });

  it('waits for a running deployment, and starts when that one is given up', () => {
    const world = new World('a').live('v1.0.0').register('v1.1.0').register('v1.2.0');
    world.deploy('v1.1.0');
    world.gate('v1.2.0', 'v1.0.0');
    expect(world.state.queued?.version).toBe('v1.2.0');
    world.refuse('a');
    expect(world.state).toMatchObject({ queued: null, active: { to: { version: 'v1.2.0' }, trigger: 'gate' } });
  });

  it('lets a version through at once that was better on what came since the drop, whatever the canary and the rest', () => {
    const world = new World('a').live('v1.0.0', 'v1.1.0');
    world.canarySteps = [10, 100];
    const { version, generation } = world.state.live ?? { version: '', generation: 0 };
    world.send({ kind: 'accuracy-drop', version, generation, detail: '0.36 instead of 0.74' });
    world.settle();
    expect(world.state).toMatchObject({ live: { version: 'v1.0.0' }, cool_down_until: expect.any(String) });
    world.register('v1.2.0');
    const pass = { kind: 'gate-pass' as const, version: 'v1.2.0', champion: 'v1.0.0', reason: 'better since the drop' };
    world.send(pass);
    expect(world.state.active).toBeNull();
    world.send({ ...pass, recovers: true });
    world.ack('loaded', 'a');
    expect(world.state).toMatchObject({ live: { version: 'v1.2.0' }, active: { phase: 'activating' } });
    world.settle();
    // Whatever was live before does not know the world as it is; a person may still go back.
    const later = world.state.live?.generation ?? 0;
    world.send({ kind: 'accuracy-drop', version: 'v1.2.0', generation: later, detail: '0.60 instead of 0.72' });
    expect(world.state.live?.version).toBe('v1.2.0');
    expect(world.alerts.get('accuracy-drop')).toContain('no good version to go back to');
    world.rollback('v1.0.0');
    expect(world.state.live?.version).toBe('v1.0.0');
  });

  it('goes back when live accuracy drops, and then rests', () => {
    const world = new World('a').live('v1.0.0', 'v1.1.0', 'v1.2.0');
    const drop = () =>
      world.send({
        kind: 'accuracy-drop',
        version: world.state.live?.version ?? '',
        generation: world.state.generation,
        detail: '0.61 instead of 0.80',
      });
    drop();
    world.settle();
    expect(world.state).toMatchObject({ live: { version: 'v1.1.0' }, active: null });
    drop();
    expect(world.state.live?.version).toBe('v1.1.0');
    expect(world.alerts.get('accuracy-drop')).toContain('cooling down');
    world.register('v1.3.0');
    world.gate('v1.3.0');
    expect(world.state.active).toBeNull();
    expect(world.alerts.get('auto-deploy-held')).toContain('nothing is deployed automatically before');
    world.wait(60_001);
    drop();
    expect(world.state.live?.version).toBe('v1.0.0');
  });

  it('ignores a drop of what is not live, or from before it went live again', () => {
    const world = new World('a').live('v1.0.0', 'v1.1.0');
    const drop = (version: string, generation: number) =>
      code(world.send({ kind: 'accuracy-drop', version, generation, detail: 'worse' }));
    expect(drop('v1.0.0', world.state.generation)).toBe('unchanged');
    expect(drop('v1.1.0', 2)).toBe('unchanged');
  });

  it('closes what was said about a version when another one goes live, forward or back', () => {
    const world = new World('a').live('v1.0.0', 'v1.1.0').register('v1.2.0');
    world.alerts.set('data-drift', 'v1.1.0 sees other inputs');
    world.alerts.set('accuracy-drop', 'v1.1.0: 0.61 instead of 0.80');
    world.deploy('v1.2.0');
    expect(world.alerts.size).toBe(2);
    world.settle();
    expect(world.alerts.size).toBe(0);
    world.alerts.set('data-drift', 'v1.2.0 sees other inputs');
    world.send({
      kind: 'accuracy-drop',
      version: 'v1.2.0',
      generation: world.state.generation,
      detail: '0.61 instead of 0.80',
    });
    expect(world.alerts.size).toBe(2);
    world.settle();
    expect(world.state.live?.version).toBe('v1.1.0');
    expect(world.alerts.size).toBe(0);
  });

  it('stays and alerts when there is nothing to go back to', () => {
    const world = new World('a').live('v1.0.0').clear();
    world.send({ kind: 'accuracy-drop', version: 'v1.0.0', generation: 2, detail: 'worse' });
    expect(world.state.live?.version).toBe('v1.0.0');
    expect(world.topics()).toEqual([]);
    expect(world.alerts.get('accuracy-drop')).toContain('no good version');
  });
});

describe('canary', () => {
  const canary = () => {
    const world = new World('a').live('v1.0.0', 'v1.1.0').register('v1.2.0').clear();
    world.canarySteps = [10, 50, 100];
    world.deploy('v1.2.0');
    world.ack('loaded', 'a');
    return world;
  };

  it('goes step by step to live', () => {
    const world = canary();
    expect(world.effects.findLast((e) => e.kind === 'desired-state')).toMatchObject({
      topic: 'model.canary-advanced',
      value: { live: { version: 'v1.1.0' }, canary: { version: 'v1.2.0', percent: 10 } },
    });
    world.ack('activated', 'a');
    expect(world.state.active).toMatchObject({ phase: 'canary', deadline_at: null });
    world.canaryAdvance(210);
    world.ack('activated', 'a');
    expect(world.state.active).toMatchObject({ phase: 'canary', percent: 50 });
    world.canaryAdvance(210);
    expect(world.state.live?.version).toBe('v1.2.0');
    world.settle();
    expect(world.topics()).toEqual([
      'model.staged',
      'model.canary-advanced',
      'model.canary-advanced',
      'model.promoted',
    ]);
  });

  it.each([
    ['an abort', (w: World) => w.canaryAbort(), 'rolled-back'],
    ['a rollback command', (w: World) => w.rollback(), 'rolled-back'],
    [
      'an accuracy drop of the canary',
      (w: World) =>
        w.send({ kind: 'accuracy-drop', version: 'v1.2.0', generation: w.state.generation, detail: 'worse' }),
      'rolled-back',
    ],
    ['a refusal', (w: World) => w.refuse('a'), 'rolled-back'],
  ] as const)('ends with %s, and what is live stays', (_name, act, state) => {
    const world = canary();
    act(world);
    expect(world.state).toMatchObject({ live: { version: 'v1.1.0' }, active: null });
    expect(world.topics().at(-1)).toBe('model.rolled-back');
    expect(world.stateOf('v1.2.0')).toBe(state);
  });

  it('keeps every step with who wanted it and why, to the end', () => {
    const world = canary();
    world.ack('activated', 'a');
    world.wait(60_000);
    world.canaryAdvance(210);
    world.ack('activated', 'a');
    world.send({ kind: 'canary-advance', actor: 'ada', reason: 'in a hurry', outcomes: 250, expectedGeneration: null });
    world.settle();
    expect([...world.deployments.values()].at(-1)).toMatchObject({
      state: 'done',
      actor: 'ada',
      reason: 'checked by hand',
      steps: [
        { percent: 10, outcomes_before: 0, actor: 'ada', reason: 'every instance has loaded v1.2.0' },
        { percent: 50, outcomes_before: 210, actor: 'canary', reason: 'no worse' },
        { percent: 100, outcomes_before: 250, actor: 'ada', reason: 'in a hurry', generation: world.state.generation },
      ],
    });
    const audit = world.effects.flatMap((e) => (e.kind === 'audit' ? [`${e.action} ${e.actor}: ${e.reason}`] : []));
    expect(audit).toContain('canary.advanced canary: no worse');
    expect(audit).toContain('deployment.promoted ada: in a hurry');
  });

  it.each([
    ['no canary', (w: World) => [w.canaryAbort(), w.canaryAdvance()], 'no-canary'],
    ['old news', (w: World) => [w.canaryAdvance(0, w.state.generation - 1)], 'stale-generation'],
  ])('is not advanced with %s', (_, act, expected) => {
    expect(act(canary()).map(code).at(-1)).toBe(expected);
  });

  it('that was taken back by itself is told of; by an operator, not', () => {
    const byItself = canary();
    byItself.canaryAbort();
    expect(byItself.topics()).toContain('deployment.failed');
    expect(byItself.alerts.get('deployment-failed')).toMatch(/v1.2.0 was taken back at 10 %: worse/);
    const byHand = canary();
    byHand.canaryAbort('operator');
    expect(byHand.topics()).not.toContain('deployment.failed');
    expect(byHand.alerts.size).toBe(0);
  });

  it('does not answer for what its version did in an earlier life', () => {
    const world = canary();
    const generation = world.state.generation - 2;
    world.send({ kind: 'accuracy-drop', version: 'v1.2.0', generation, detail: 'worse' });
    expect(world.state.active?.phase).toBe('canary');
  });

  it('that drops leaves the live version free to go back when it drops as well', () => {
    const world = canary();
    const { generation } = world.state;
    world.send({ kind: 'accuracy-drop', version: 'v1.2.0', generation, detail: 'worse' });
    expect(world.state.live?.version).toBe('v1.1.0');
    world.send({ kind: 'accuracy-drop', version: 'v1.1.0', generation, detail: 'worse' });
    expect(world.state.live?.version).toBe('v1.0.0');
  });

  it('a rollback to a named version leaves canary and live', () => {
    const world = canary();
    world.rollback('v1.0.0');
    world.settle();
    expect(world.state).toMatchObject({ live: { version: 'v1.0.0' }, active: null });
  });
});

describe('drill', () => {
  const drilling = () => {
    const world = new World('a', 'b').live('v1.0.0', 'v1.1.0').clear();
    world.drill();
    return world;
  };

  it('asks every instance and changes nothing that is served', () => {
    const world = drilling();
    expect(world.effects.find((e) => e.kind === 'desired-state')).toMatchObject({
      topic: 'model.staged',
      value: { cause: 'stage', live: { version: 'v1.1.0' }, staged: { version: 'v1.0.0' } },
    });
    world.ack('loaded', 'a');
    world.wait(3);
    world.ack('loaded', 'b');
    expect(world.topics()).toEqual(['model.staged', 'model.rolled-back']);
    expect(world.effects.findLast((e) => e.kind === 'desired-state')).toMatchObject({
      value: { cause: 'abort', live: { version: 'v1.1.0' }, staged: null },
    });
    expect([...world.deployments.values()].at(-1)).toMatchObject({
      kind: 'drill',
      state: 'done',
      instances: [
        { instance: 'a', state: 'loaded', milliseconds: 0 },
        { instance: 'b', state: 'loaded', milliseconds: 3 },
      ],
    });
    expect([world.stateOf('v1.0.0'), world.stateOf('v1.1.0')]).toEqual(['superseded', 'live']);
    expect(world.state.active).toBeNull();
  });

  it('says who could not go back', () => {
    const world = drilling();
    world.refuse('b');
    expect(world.state).toMatchObject({ live: { version: 'v1.1.0' }, active: null });
    expect(world.topics()).toEqual(['model.staged', 'model.rolled-back']);
    expect([...world.alerts.keys()]).toEqual(['drill-failed']);
    expect(world.stateOf('v1.0.0')).toBe('superseded');
    world.drill();
    world.ack('loaded', 'a');
    world.ack('loaded', 'b');
    expect(world.alerts.size).toBe(0);
  });

  it('gives way to a real rollback', () => {
    const world = drilling();
    world.rollback();
    world.settle();
    expect(world.state).toMatchObject({ live: { version: 'v1.0.0' }, active: null });
    expect([world.stateOf('v1.0.0'), world.stateOf('v1.1.0')]).toEqual(['live', 'rolled-back']);
  });

  it('needs something to go back to, and nothing else under way', () => {
    expect(code(new World('a').live('v1.0.0').drill())).toBe('nothing-to-roll-back-to');
    const world = drilling();
    expect(code(world.drill())).toBe('deployment-in-progress');
    expect(code(world.rollback('v1.1.0'))).toBe('already-live');
  });
});

describe('shadow', () => {
  const world = () => new World('a').live('v1.0.0', 'v1.1.0').register('v1.2.0', 'inconclusive', 'rejected').clear();
  const last = (w: World) => w.effects.findLast((e) => e.kind === 'desired-state');

  it('is published without changing what is served', () => {
    const w = world();
    const { generation } = w.state;
    w.shadow('v1.2.0');
    expect(last(w)).toMatchObject({
      topic: 'model.staged',
      value: {
        generation: generation + 1,
        cause: 'shadow',
        live: { version: 'v1.1.0' },
        shadow: { version: 'v1.2.0' },
        staged: null,
      },
    });
    expect(w.state).toMatchObject({ active: null, live: { version: 'v1.1.0' } });
    expect(w.stateOf('v1.2.0')).toBe('rejected');
    w.rollback();
    w.settle();
    expect(last(w)).toMatchObject({ value: { live: { version: 'v1.0.0' }, shadow: { version: 'v1.2.0' } } });
    w.shadow(null);
    expect(last(w)).toMatchObject({ value: { cause: 'shadow', shadow: null } });
  });

  it('ends when it is to answer by itself', () => {
    const w = world();
    w.shadow('v1.2.0');
    w.deploy('v1.2.0', { force: true });
    expect(w.state.shadow).toBeNull();
    expect(last(w)).toMatchObject({ value: { staged: { version: 'v1.2.0' }, shadow: null } });
    const back = world();
    back.shadow('v1.0.0');
    back.rollback();
    expect(last(back)).toMatchObject({ value: { live: { version: 'v1.0.0' }, shadow: null } });
  });

  it.each([
    ['what is live', (w: World) => [w.shadow('v1.1.0')], 'already-live'],
    ['what is the shadow already', (w: World) => [w.shadow('v1.2.0'), w.shadow('v1.2.0')], 'already-shadow'],
    ['what is not there', (w: World) => [w.shadow('v9.0.0')], 'unknown-version'],
    ['nothing, when there is none', (w: World) => [w.shadow(null)], 'no-shadow'],
    [
      'anything during a deployment',
      (w: World) => [w.register('v1.3.0').deploy('v1.3.0'), w.shadow('v1.2.0')],
      'deployment-in-progress',
    ],
    ['anything before the first version', () => [new World().register('v1.0.0').shadow('v1.0.0')], 'no-live-version'],
  ])('cannot be %s', (_, act, expected) => {
    expect(act(world()).map(code).at(-1)).toBe(expected);
  });

  it('keeps its files', () => {
    const w = world();
    w.shadow('v1.2.0');
    expect([...versionsInUse(w.state, w.catalogue)]).toContain('v1.2.0');
  });
});

describe('a trial', () => {
  const trial = { measure: 'failures' as const, wanted: 0.05, urgent: false };
  const begin = (world: World, version: string, champion = 'v1.1.0') =>
    world.send({ kind: 'gate-trial', version, champion, reason: 'the holdout could not tell', trial });
  const onTrial = () => {
    const world = new World('a').live('v1.0.0', 'v1.1.0').register('v1.2.0', 'inconclusive', 'rejected').clear();
    begin(world, 'v1.2.0');
    world.ack('loaded', 'a');
    world.ack('activated', 'a');
    return world;
  };
  const move = { actor: 'canary', reason: 'by its outcomes', expectedGeneration: null };

  it('gives an inconclusive version the first share of the plan, though versions are deployed at once', () => {
    const { active } = onTrial().state;
    expect(active).toMatchObject({ phase: 'canary', percent: 10, to: { version: 'v1.2.0' }, trial });
  });

  it('against a version whose accuracy has dropped begins with the largest share, and no cool-down holds it', () => {
    const world = new World('a').live('v1.0.0', 'v1.1.0').register('v1.2.0', 'inconclusive', 'rejected').clear();
    world.state = { ...world.state, cool_down_until: new Date(world.now.getTime() + 60_000).toISOString() };
    begin(world, 'v1.2.0');
    expect(world.state.active).toBeNull();
    const urgent = { ...trial, urgent: true };
    const reason = 'better since the drop';
    const input = { kind: 'gate-trial' as const, version: 'v1.2.0', champion: 'v1.1.0', reason };
    world.send({ ...input, trial: urgent, recovers: true });
    world.ack('loaded', 'a');
    expect(world.state.active).toMatchObject({ phase: 'canary', percent: 50, to: { version: 'v1.2.0' } });
  });

  it('that is won makes it live without further steps', () => {
    const world = onTrial();
    world.send({ kind: 'canary-advance', ...move, outcomes: 900, won: true });
    expect(world.state.live?.version).toBe('v1.2.0');
  });

  it('goes on with a larger share', () => {
    const world = onTrial();
    world.send({ kind: 'canary-advance', ...move, outcomes: 900 });
    expect(world.state.active).toMatchObject({ phase: 'canary', percent: 50 });
  });

  it('that is lost, or over without a decision, leaves what is live, and alarms nobody', () => {
    const world = onTrial();
    world.send({ kind: 'canary-abort', ...move, trigger: 'trial' });
    expect(world.state).toMatchObject({ live: { version: 'v1.1.0' }, active: null });
    expect(world.catalogue.get('v1.2.0')?.state).toBe('rejected');
    expect(world.alerts.size).toBe(0);
  });

  it('makes way for a version that passed', () => {
    const world = onTrial();
    world.register('v1.3.0');
    world.gate('v1.3.0');
    expect(world.state.active).toMatchObject({ phase: 'staging', to: { version: 'v1.3.0' }, trial: null });
    expect(world.catalogue.get('v1.2.0')?.state).toBe('rejected');
  });

  it('is followed by the newer of two that wait', () => {
    const world = onTrial();
    world.register('v1.3.0', 'inconclusive', 'rejected').register('v1.4.0', 'inconclusive', 'rejected');
    begin(world, 'v1.3.0');
    begin(world, 'v1.4.0');
    expect(world.state.active).toMatchObject({ to: { version: 'v1.2.0' } });
    world.send({ kind: 'canary-abort', ...move, trigger: 'trial' });
    expect(world.state.active).toMatchObject({ to: { version: 'v1.4.0' }, trial });
  });

  it('makes way for a newer one of what came since a drop, and for none of what came before', () => {
    const world = onTrial();
    world.register('v1.3.0', 'inconclusive', 'rejected').register('v1.4.0', 'inconclusive', 'rejected');
    const input = { kind: 'gate-trial' as const, champion: 'v1.1.0', reason: 'more rows since the drop' };
    world.send({ ...input, version: 'v1.3.0', trial: { ...trial, urgent: true }, recovers: true });
    expect(world.state.active).toMatchObject({ phase: 'staging', to: { version: 'v1.3.0' }, recovers: true });
    expect(world.catalogue.get('v1.2.0')?.state).toBe('rejected');
    begin(world, 'v1.4.0');
    expect(world.state.active).toMatchObject({ to: { version: 'v1.3.0' } });
    expect(world.state.queued).toMatchObject({ version: 'v1.4.0' });
  });

  it('is not begun against a version that is no longer live, nor of one that failed', () => {
    const world = new World('a')
      .live('v1.0.0', 'v1.1.0')
      .register('v1.2.0', 'inconclusive', 'rejected')
      .register('v1.3.0', 'fail')
      .clear();
    expect(begin(world, 'v1.2.0', 'v1.0.0')).toMatchObject({ kind: 'unchanged' });
    expect(begin(world, 'v1.3.0')).toMatchObject({ kind: 'unchanged' });
  });
});
