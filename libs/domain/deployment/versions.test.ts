import { describe, expect, it } from 'vitest';
import { versionsInUse } from './versions.js';
import { World } from './world.fixture.js';

const inUse = (world: World) => [...versionsInUse(world.state, world.catalogue)].sort();

describe('versionsInUse', () => {
  it('is nothing of a model that has nothing', () => expect(inUse(new World())).toEqual([]));

  it('is what is live, the way back and what is warm', () => {
    const world = new World('a').live('v1.0.0', 'v1.1.0', 'v1.2.0', 'v1.3.0', 'v1.4.0', 'v1.5.0');
    expect(inUse(world)).toEqual(['v1.2.0', 'v1.3.0', 'v1.4.0', 'v1.5.0']);
  });

  it('is also what is staged, and what waits for its turn or its verdict', () => {
    const world = new World('a').live('v1.0.0').register('v1.1.0').register('v1.2.0').register('v1.3.0', null);
    world.register('v1.4.0', 'fail', 'rejected').register('v1.5.0');
    world.deploy('v1.1.0');
    world.gate('v1.2.0');
    expect(inUse(world)).toEqual(['v1.0.0', 'v1.1.0', 'v1.2.0', 'v1.3.0']);
  });

  it('is the way back even where what came before was removed or rolled back', () => {
    const world = new World('a').live('v1.0.0', 'v1.1.0');
    world.rollback();
    world.settle();
    world.live('v1.2.0');
    expect(inUse(world)).toEqual(['v1.0.0', 'v1.1.0', 'v1.2.0']);
  });
});
