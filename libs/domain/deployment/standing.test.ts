import { describe, expect, it } from 'vitest';
import type { Degraded, DesiredState } from '#contracts/events/deployment';
import { World } from './world.fixture.js';

const degraded = (outcomes = 130): Degraded => ({
  since: '2026-01-04T08:00:00.000Z',
  outcomes,
  live_accuracy: 0.36,
  baseline_accuracy: 0.55,
  calibration: [],
});
const told = (w: World): DesiredState['degraded'][] =>
  w.effects.flatMap((effect) => (effect.kind === 'desired-state' ? [effect.value.degraded] : []));

describe('a live version that is worse than always giving the same answer', () => {
  it('is told to every instance once, again with twice the outcomes, and when it is over', () => {
    const w = new World('one').live('v1.0.0').clear();
    const say = (found: Degraded | null) => w.send({ kind: 'standing', version: 'v1.0.0', degraded: found });
    const { generation } = w.state;
    say(degraded());
    say(degraded(200));
    say(degraded(260));
    say(null);
    say(null);
    expect(told(w)).toEqual([degraded(), degraded(260), null]);
    expect(w.topics()).toEqual(['model.staged', 'model.staged', 'model.staged']);
    expect(w.state.generation).toBe(generation + 3);
    const audit = w.effects.flatMap((effect) =>
      effect.kind === 'audit' ? [`${effect.action}: ${effect.reason}`] : [],
    );
    expect(audit).toEqual([
      'version.degraded: v1.0.0 is right in 36.0 % of 130 outcomes since 2026-01-04T08:00:00.000Z; always giving the same answer would be in 55.0 %',
      expect.stringContaining('of 260 outcomes'),
      'version.recovered: v1.0.0 is no longer worse than always giving the same answer',
    ]);
  });

  it('is forgotten when another version is live', () => {
    const w = new World('one').live('v1.0.0');
    w.send({ kind: 'standing', version: 'v1.0.0', degraded: degraded() });
    w.clear().live('v1.1.0');
    expect(told(w)).toEqual([degraded(), null]);
    expect(w.state.degraded).toBeNull();
  });

  it('waits while a deployment awaits acknowledgements, and for nothing of a canary that all have followed', () => {
    const w = new World('one').live('v1.0.0');
    w.canarySteps = [10, 100];
    w.register('v1.1.0');
    w.deploy('v1.1.0');
    const say = () => w.send({ kind: 'standing', version: 'v1.0.0', degraded: degraded() });
    expect(say()).toMatchObject({ kind: 'unchanged', why: 'v1.1.0 is being deployed' });
    w.ack('loaded', 'one');
    expect(say()).toMatchObject({ kind: 'unchanged' });
    w.ack('activated', 'one');
    w.clear();
    expect(say().kind).toBe('changed');
    expect(w.effects[0]).toMatchObject({ value: { canary: { version: 'v1.1.0', percent: 10 }, degraded: degraded() } });
    expect(w.state.active?.phase).toBe('canary');
    w.canaryAdvance();
    w.ack('activated', 'one');
    expect(w.state.live?.version).toBe('v1.1.0');
  });

  it('is only believed of what is live', () => {
    const w = new World('one').live('v1.0.0', 'v1.1.0');
    expect(w.send({ kind: 'standing', version: 'v1.0.0', degraded: degraded() })).toMatchObject({
      kind: 'unchanged',
      why: 'v1.0.0 is not live, v1.1.0 is',
    });
  });
});
