import { describe, expect, it } from 'vitest';
import { seededRandom } from '../statistics/random.js';
import { choose } from './choose.js';

const DRAWS = 200_000;

describe('a choice with exploration', () => {
  it.each([
    ['of four options', 0.2, 2, [0, 1, 2, 3]],
    ['of two that are possible', 0.5, 3, [1, 3]],
    ['seldom', 0.01, 0, [0, 1, 2]],
  ] as const)('%s is made with the probability that is logged', (_, rate, best, possible) => {
    const random = seededRandom(7);
    const seen = new Map<number, { times: number; propensity: number }>();
    for (let i = 0; i < DRAWS; i++) {
      const { option, propensity } = choose(best, possible, rate, random);
      const known = seen.get(option);
      if (known !== undefined && known.propensity !== propensity) throw new Error(`${option} has two propensities`);
      seen.set(option, { times: (known?.times ?? 0) + 1, propensity });
    }
    expect([...seen.keys()].sort()).toEqual([...possible]);
    expect([...seen.values()].reduce((sum, { propensity }) => sum + propensity, 0)).toBeCloseTo(1, 12);
    for (const { times, propensity } of seen.values()) {
      // Four standard deviations.
      const tolerance = 4 * Math.sqrt((propensity * (1 - propensity)) / DRAWS);
      expect(Math.abs(times / DRAWS - propensity)).toBeLessThan(tolerance);
    }
    expect(seen.get(best)?.propensity).toBeCloseTo(1 - rate + rate / possible.length, 12);
  });

  it('tries an option no more often than its cap, and logs that', () => {
    const random = seededRandom(5);
    const times = [0, 0, 0, 0];
    const propensities = new Map<number, number>();
    for (let i = 0; i < DRAWS; i++) {
      const { option, propensity } = choose(1, [0, 1, 2, 3], 0.2, random, [0.01, 1, 0, 1]);
      times[option] = (times[option] ?? 0) + 1;
      propensities.set(option, propensity);
    }
    expect(times[2]).toBe(0);
    expect(Object.fromEntries(propensities)).toEqual({ 0: 0.01, 1: expect.closeTo(0.94, 12), 3: 0.05 });
    for (const [option, propensity] of propensities) {
      const tolerance = 4 * Math.sqrt((propensity * (1 - propensity)) / DRAWS);
      expect(Math.abs((times[option] ?? 0) / DRAWS - propensity)).toBeLessThan(tolerance);
    }
  });

  it('weighed by its propensity, gives every option its true mean', () => {
    const random = seededRandom(11);
    const success = [0.2, 0.9, 0.5];
    const weight = [0, 0, 0];
    const successes = [0, 0, 0];
    for (let i = 0; i < DRAWS; i++) {
      const { option, propensity } = choose(0, [0, 1, 2], 0.3, random);
      weight[option] = (weight[option] ?? 0) + 1 / propensity;
      if (random() < (success[option] ?? 0)) successes[option] = (successes[option] ?? 0) + 1 / propensity;
    }
    success.forEach((truth, option) => {
      expect((successes[option] ?? 0) / DRAWS).toBeCloseTo(truth, 1.7);
      expect((weight[option] ?? 0) / DRAWS).toBeCloseTo(1, 1.3);
    });
  });

  it.each([
    ['the rate is 0', 0, [0, 1, 2]],
    ['there is no other option', 0.5, [1]],
  ] as const)('is no choice at all where %s', (_, rate, possible) => {
    const never = () => {
      throw new Error('nothing is drawn');
    };
    expect(choose(1, possible, rate, never)).toEqual({ option: 1, propensity: 1 });
  });
});
