import { describe, expect, it } from 'vitest';
import { seededRandom } from '#domain/statistics/random';
import { taskSuccessProbability } from '../simulation/attempts.js';
import { drawTask } from '../simulation/task.js';
import { drawSite } from './draw-site.js';
import { bayesAccuracy, bestAction, DRIFTED, INITIAL, successProbability } from './ground-truth.js';
import { ACTIONS, type Action } from './site.js';

const random = seededRandom(1);
const sites = Array.from({ length: 20_000 }, () => drawSite(random));
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const majority = (probabilities: readonly number[]): number => Math.max(mean(probabilities), 1 - mean(probabilities));

describe('the ground truth', () => {
  it.each([
    ['at first', INITIAL],
    ['after the drift', DRIFTED],
  ])('%s leaves a good model clearly above always giving the same answer', (_, truth) => {
    const served = sites.map((site) =>
      taskSuccessProbability(successProbability(truth, site, bestAction(truth, site))),
    );
    const own = sites.map((site, i) => {
      const action: Action = drawTask(1, i).own;
      return taskSuccessProbability(successProbability(truth, site, action));
    });
    // The mixture that a running engine produces: 85 % served, 15 % by rule.
    const mixture = sites.map((_, i) => (i % 20 < 17 ? served[i] : own[i]) ?? 0);
    expect(bayesAccuracy(mixture)).toBeGreaterThan(0.76);
    expect(bayesAccuracy(mixture) - majority(mixture)).toBeGreaterThan(0.08);
    // What is left to chance is not nothing either.
    expect(bayesAccuracy(mixture)).toBeLessThan(0.88);
    expect(mean(served)).toBeGreaterThan(mean(own) + 0.15);
  });

  it('makes every action the best one on a good share of the sites', () => {
    const best = sites.map((site) => bestAction(INITIAL, site));
    for (const action of ACTIONS) expect(best.filter((a) => a === action).length / best.length).toBeGreaterThan(0.08);
  });

  it('changes so much in the drift that what was best before fails far more often', () => {
    const before = mean(sites.map((site) => successProbability(INITIAL, site, bestAction(INITIAL, site))));
    const after = mean(sites.map((site) => successProbability(DRIFTED, site, bestAction(INITIAL, site))));
    expect(before - after).toBeGreaterThan(0.2);
  });

  it('knows what to do about a site of which only the address is known', () => {
    for (const action of ACTIONS) {
      const probability = successProbability(INITIAL, { url: 'https://forum.example.org/t/1' }, action);
      expect(probability).toBeGreaterThan(0.05);
      expect(probability).toBeLessThan(0.95);
    }
  });
});

describe('bayesAccuracy', () => {
  it.each([
    [[0.5, 0.5], 0.5],
    [[1, 0], 1],
    [[0.9, 0.2], 0.85],
  ])('of %j is %d', (probabilities, expected) => {
    expect(bayesAccuracy(probabilities)).toBeCloseTo(expected, 12);
  });
});
