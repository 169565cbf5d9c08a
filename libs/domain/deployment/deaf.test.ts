import { describe, expect, it } from 'vitest';
import { World } from './world.fixture.js';

const last = (world: World) => [...world.deployments.values()].at(-1);

describe('an instance that hears nothing', () => {
  it('is named, and not waited for, from the first phase to the last', () => {
    const world = new World('a', 'b', 'c').live('v1.0.0').register('v1.1.0').clear();
    world.deaf('c', '2026-01-04T08:59:00.000Z');
    world.deploy('v1.1.0');
    world.ack('loaded', 'a');
    expect(world.state.active).toMatchObject({ phase: 'staging' });
    world.ack('loaded', 'b');
    expect(world.state.active).toMatchObject({ phase: 'activating' });
    world.ack('activated', 'a');
    world.ack('activated', 'b');
    expect(world.state).toMatchObject({ live: { version: 'v1.1.0' }, active: null });
    expect(last(world)).toMatchObject({
      state: 'done',
      failure: null,
      instances: [
        { instance: 'a', state: 'activated' },
        { instance: 'b', state: 'activated' },
        {
          instance: 'c',
          state: 'waiting',
          detail: 'hears nothing from Kafka since 2026-01-04T08:59:00.000Z, and is not waited for',
        },
      ],
    });
    expect(world.effects).toContainEqual(
      expect.objectContaining({
        kind: 'audit',
        action: 'deployment.completed',
        reason: 'checked by hand; without c, deaf',
      }),
    );
    expect(world.alerts.size).toBe(0);
  });

  it('does not hold up a rollback either', () => {
    const world = new World('a', 'b').live('v1.0.0', 'v1.1.0');
    world.deaf('b');
    world.rollback();
    world.ack('activated', 'a');
    expect(world.state).toMatchObject({ live: { version: 'v1.0.0' }, active: null });
    expect(last(world)).toMatchObject({ kind: 'rollback', state: 'done' });
  });

  it('is left out as soon as it is known to be deaf, in the middle of a deployment', () => {
    const world = new World('a', 'b').live('v1.0.0').register('v1.1.0');
    world.deploy('v1.1.0');
    world.ack('loaded', 'a');
    world.deaf('b');
    world.send({ kind: 'tick' });
    expect(world.state.active).toMatchObject({ phase: 'activating' });
  });

  it('is waited for again once it hears, while the others are not done', () => {
    const world = new World('a', 'b').live('v1.0.0').register('v1.1.0');
    world.deaf('b');
    world.deploy('v1.1.0');
    world.deaf('b', null);
    world.ack('loaded', 'a');
    expect(world.state.active).toMatchObject({
      phase: 'staging',
      instances: { b: { state: 'waiting', detail: null } },
    });
    world.ack('loaded', 'b');
    expect(world.state.active).toMatchObject({ phase: 'activating' });
  });

  it('counts where it acknowledges all the same', () => {
    const world = new World('a', 'b').live('v1.0.0').register('v1.1.0');
    world.deaf('b');
    world.deploy('v1.1.0');
    world.settle();
    expect(last(world)).toMatchObject({ state: 'done', instances: [{ state: 'activated' }, { state: 'activated' }] });
  });

  it.each(['refusal', 'deadline'])('does not make up for the %s of one that hears', (how) => {
    const world = new World('a', 'b', 'c').live('v1.0.0').register('v1.1.0');
    world.deaf('c');
    world.deploy('v1.1.0');
    world.ack('loaded', 'a');
    if (how === 'refusal') world.refuse('b');
    else {
      world.wait(10_000);
      world.send({ kind: 'tick' });
    }
    expect(world.state).toMatchObject({ live: { version: 'v1.0.0' }, active: null });
  });

  it('is waited for where nobody hears: it is not the instances that are at fault', () => {
    const world = new World('a', 'b').live('v1.0.0').register('v1.1.0');
    world.deaf('a');
    world.deaf('b');
    world.deploy('v1.1.0');
    world.send({ kind: 'tick' });
    expect(world.state.active).toMatchObject({ phase: 'staging' });
  });
});
