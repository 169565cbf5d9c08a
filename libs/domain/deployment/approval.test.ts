import { beforeEach, describe, expect, it } from 'vitest';
import { World } from './world.fixture.js';

describe('a model that asks for the consent of two people', () => {
  let world: World;
  beforeEach(() => {
    world = new World('a').register('v1.0.0').register('v1.1.0').register('v1.2.0', 'inconclusive');
    world.gate('v1.0.0');
    world.settle();
    world.approvals = 2;
  });
  const live = () => world.state.live?.version;

  it('keeps a version that passed until both have consented, whoever deployed what is live', () => {
    world.gate('v1.1.0');
    expect(world.state).toMatchObject({ active: null, queued: { version: 'v1.1.0' } });
    expect(world.alerts.get('approval-wanted')).toContain('v1.1.0 waits for the consent of 2 more people');
    expect(world.approve('v1.1.0', 'ada')).toMatchObject({ kind: 'changed', accepted: null });
    expect(world.state.active).toBeNull();
    expect(world.approve('v1.1.0', 'bob')).toMatchObject({ accepted: { to_version: 'v1.1.0' } });
    world.settle();
    expect(live()).toBe('v1.1.0');
    expect(world.state.consents).toEqual([]);
    expect(world.alerts.has('approval-wanted')).toBe(false);
  });

  it.each(['ada', 'Ada', ' ADA ', 'ａｄａ'])('takes %j for one person with ada', (again) => {
    world.gate('v1.1.0');
    world.approve('v1.1.0', 'ada');
    expect(world.approve('v1.1.0', again)).toMatchObject({ kind: 'rejected', code: 'already-approved' });
    expect(world.deploy('v1.1.0', { actor: again, authenticated: true })).toMatchObject({
      code: 'approval-missing',
      detail: expect.stringContaining('ratchet approve --version v1.1.0'),
    });
    expect(live()).toBe('v1.0.0');
  });

  it('takes deploying for consenting, and what a message says for nobody', () => {
    world.approve('v1.1.0', 'ada');
    expect(world.deploy('v1.1.0', { actor: 'bob' })).toMatchObject({ code: 'approval-missing' });
    expect(world.deploy('v1.1.0', { actor: 'bob', authenticated: true })).toMatchObject({ kind: 'changed' });
  });

  it('is not got round by force, by a rollback to what never was live, or by a consent to another version', () => {
    world.approve('v1.0.0', 'ada');
    world.approve('v1.2.0', 'ada');
    const forced = { force: true, actor: 'bob', authenticated: true };
    expect(world.deploy('v1.1.0', forced)).toMatchObject({ code: 'approval-missing' });
    expect(world.rollback('v1.1.0')).toMatchObject({ code: 'approval-missing' });
    world.approve('v1.1.0', 'ada');
    expect(world.rollback('v1.1.0')).toMatchObject({ code: 'approval-missing' });
    expect(live()).toBe('v1.0.0');
  });

  it('takes nobody to go back', () => {
    world.approve('v1.1.0', 'ada');
    world.deploy('v1.1.0', { actor: 'bob', authenticated: true });
    world.settle();
    expect(world.rollback()).toMatchObject({ kind: 'changed', accepted: { to_version: 'v1.0.0' } });
  });

  it('is good for one deployment', () => {
    world.approve('v1.1.0', 'ada');
    world.deploy('v1.1.0', { actor: 'bob', authenticated: true });
    world.settle();
    world.rollback();
    world.settle();
    expect(world.deploy('v1.1.0', { actor: 'bob', authenticated: true })).toMatchObject({ code: 'approval-missing' });
  });

  it('lets no trial begin, and none end for one that still waits', () => {
    const trial = { measure: 'failures' as const, wanted: 0.1, urgent: false };
    const untold = { kind: 'gate-trial' as const, version: 'v1.2.0', champion: 'v1.0.0', reason: 'close', trial };
    world.send(untold);
    expect(world.state).toMatchObject({ active: null, queued: { version: 'v1.2.0' } });
    world.approve('v1.2.0', 'ada');
    world.approve('v1.2.0', 'bob');
    expect(world.state.active).toMatchObject({ phase: 'staging', to: { version: 'v1.2.0' } });
    world.gate('v1.1.0');
    expect(world.state.active).toMatchObject({ to: { version: 'v1.2.0' } });
  });

  it('gives up one that waited until it was judged against something that is live no more', () => {
    world.gate('v1.1.0');
    world.approvals = 0;
    world.deploy('v1.2.0', { force: true });
    world.settle();
    world.approvals = 2;
    world.send({ kind: 'tick' });
    expect(world.state.queued).toBeNull();
    expect(world.alerts.has('approval-wanted')).toBe(false);
  });
});

describe('a model that asks for nobody', () => {
  it('says so to who consents', () => {
    const world = new World('a').register('v1.0.0');
    expect(world.approve('v1.0.0')).toMatchObject({ kind: 'rejected', code: 'approval-not-wanted' });
    expect(world.approve('v9.0.0')).toMatchObject({ kind: 'rejected', code: 'unknown-version' });
  });
});
