import { describe, expect, it } from 'vitest';
import { drawTask } from '../simulation/task.js';
import { bestAction, DRIFTED, INITIAL, successProbability } from './ground-truth.js';
import { ACTIONS } from './site.js';
import { chanceOf, favoured, type Moment, type TruthName } from './worlds.js';

const tasks = Array.from({ length: 4000 }, (_, i) => drawTask(5, i));
const moment = (task: string, seconds = 0): Moment => ({ drifted: false, seconds, task });
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

const ownRule = (truth: TruthName, seconds = 0) =>
  mean(tasks.map(({ id, site, own }) => chanceOf(truth, site, own, moment(id, seconds))));
const best = (truth: TruthName) =>
  mean(tasks.map(({ id, site }) => chanceOf(truth, site, bestAction(INITIAL, site), moment(id))));

describe('the friendly truth', () => {
  it('is the one that the engine has always had', () => {
    for (const { id, site, own } of tasks.slice(0, 50))
      expect(chanceOf('friendly', site, own, moment(id))).toBe(successProbability(INITIAL, site, own));
  });
});

describe('rare success', () => {
  it('lets few tasks succeed, and more of the best actions', () => {
    expect(ownRule('rare-success')).toBeGreaterThan(0.015);
    expect(ownRule('rare-success')).toBeLessThan(0.06);
    expect(best('rare-success')).toBeGreaterThan(1.5 * ownRule('rare-success'));
  });
});

describe('hidden knowledge', () => {
  it('is worth more than any feature, and each action is favoured as often', () => {
    const known = mean(
      tasks.map(({ id, site }) =>
        Math.max(...ACTIONS.map((action) => chanceOf('hidden-knowledge', site, action, moment(id)))),
      ),
    );
    expect(known).toBeGreaterThan(best('hidden-knowledge') + 0.03);
    for (const action of ACTIONS)
      expect(tasks.filter(({ id }) => favoured(id) === action).length / tasks.length).toBeCloseTo(0.25, 1);
  });
});

describe('the rotating truth', () => {
  it('is another one after half an hour, and the same after a whole one', () => {
    const [{ id, site }] = tasks as [(typeof tasks)[number]];
    const at = (seconds: number) => chanceOf('rotating', site, 'comment', moment(id, seconds));
    expect(at(0)).toBe(successProbability(INITIAL, site, 'comment'));
    expect(at(1800)).toBeCloseTo(successProbability(DRIFTED, site, 'comment'), 12);
    expect(at(3600)).toBeCloseTo(at(0), 12);
  });
});
