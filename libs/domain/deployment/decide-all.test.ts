import { describe, expect, it } from 'vitest';
import type { Input } from './inputs.js';
import { decideAll } from './machine.js';
import { refOf, World } from './world.fixture.js';

/** Three instances that are asked to load v1.1.0. */
function staging(): World {
  const world = new World('a', 'b', 'c').live('v1.0.0').register('v1.1.0').clear();
  world.deploy('v1.1.0');
  return world.clear();
}

const loaded = (world: World, instance: string): Input => ({
  kind: 'loaded',
  instance,
  generation: world.state.generation,
  ...refOf('v1.1.0'),
});

describe('decideAll', () => {
  it('comes to what the inputs come to one by one, and writes each deployment once', () => {
    const apart = staging();
    const inputs = ['a', 'b', 'a', 'c'].map((instance) => loaded(apart, instance));
    const context = { ...apart.context(), newId: () => 'unused' };
    const together = decideAll(apart.state, inputs, context);
    for (const input of inputs) apart.send(input);

    expect(together.changed).toBe(true);
    expect(together.state).toEqual(apart.state);
    expect(together.state.live?.version).toBe('v1.1.0');
    const records = apart.effects.filter((effect) => effect.kind === 'deployment');
    expect(records.length).toBeGreaterThan(1);
    expect(together.effects.filter((effect) => effect.kind === 'deployment')).toEqual(records.slice(-1));
    expect(together.effects.filter((effect) => effect.kind !== 'deployment')).toEqual(
      apart.effects.filter((effect) => effect.kind !== 'deployment'),
    );
  });

  it('decides the next input by the versions as the one before leaves them', () => {
    const world = staging();
    const detail = 'no such file';
    const failed: Input = {
      kind: 'activation-failed',
      instance: 'a',
      generation: world.state.generation,
      version: 'v1.1.0',
      reason: 'package-missing',
      detail,
    };
    const together = decideAll(world.state, [failed, loaded(world, 'b')], world.context());
    for (const input of [failed, loaded(world, 'b')]) world.send(input);
    expect(together.state).toEqual(world.state);
    expect(together.why).toHaveLength(1);
  });

  it('changes nothing when there is nothing to decide', () => {
    const world = staging();
    const late: Input = { ...refOf('v1.1.0'), kind: 'loaded', instance: 'a', generation: 1 };
    expect(decideAll(world.state, [late, late], world.context())).toMatchObject({
      state: world.state,
      changed: false,
      effects: [],
    });
  });
});
