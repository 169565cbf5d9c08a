import { describe, expect, it } from 'vitest';
import { seededRandom } from '../statistics/random.js';
import { followedExploration, randomisedWeights } from './followed-exploration.js';

const EXPLORATION = 0.1;
const BEST = 1 - EXPLORATION + EXPLORATION / 4;
const OTHER = EXPLORATION / 4;

/** Logged propensities of an engine that carries out a share of what was explored, and everything else. */
function logged(rows: number, followed: number, seed: number): Float64Array {
  const random = seededRandom(seed);
  return Float64Array.from({ length: rows }, () => {
    if (random() < BEST) return BEST;
    return random() < followed ? OTHER : Number.NaN;
  });
}

describe('explored actions that were carried out', () => {
  it.each([
    ['all of them', 1, 1],
    ['half of them', 0.5, 0.5],
    ['none', 0, 0],
  ])('%s', (_, followed, expected) => {
    expect(followedExploration(logged(40_000, followed, 3))).toBeCloseTo(expected, 1);
  });

  it('are taken for all while chance may have made the difference', () => {
    for (let seed = 0; seed < 40; seed++) expect(followedExploration(logged(2000, 1, seed))).toBe(1);
  });

  it('are unknown where nothing was chosen at random', () => {
    expect(followedExploration(Float64Array.of(1, Number.NaN, 1))).toBeNull();
    expect(followedExploration(Float64Array.of(0.25, 0.25))).toBeNull();
  });

  it('count for those that are missing', () => {
    const weights = randomisedWeights(Float64Array.of(BEST, OTHER, 1, Number.NaN), 0.5);
    expect([...weights]).toEqual([1 / BEST, 1 / (OTHER * 0.5), 0, 0]);
  });
});
