import { describe, expect, it } from 'vitest';
import { CanaryPlan } from '#contracts/model-definition';
import { seededRandom } from '../statistics/random.js';
import { type CanaryObservation, decideCanary } from './decide.js';
import { sequentialDifference } from './difference.js';

const minute = 60_000;
const base: CanaryObservation = {
  plan: CanaryPlan.parse({}),
  percent: 10,
  stepStartedAt: new Date(0),
  now: new Date(31 * minute),
  canary: { outcomes: 1500, failures: 580 },
  live: { outcomes: 13_500, failures: 5400 },
  outcomesInStep: 1500,
  troubles: [],
  tolerated: 0.05,
};

describe('a canary', () => {
  it.each<[string, Partial<CanaryObservation>, string, RegExp]>([
    ['advances when time, outcomes and comparison allow', {}, 'advance 25', /not worse/],
    ['goes to the next step of the plan', { percent: 25 }, 'advance 50', /not worse/],
    ['ends at everything', { percent: 50 }, 'advance 100', /not worse/],
    ['waits for the time', { now: new Date(12.5 * minute) }, 'hold', /12 of 30 minutes/],
    ['waits for outcomes', { outcomesInStep: 150 }, 'hold', /150 of 200 outcomes/],
    [
      'waits while it may be worse',
      { canary: { outcomes: 210, failures: 84 }, outcomesInStep: 210 },
      'hold',
      /may still be worse by more than \+5\.0 points/,
    ],
    [
      'waits when there is nothing to compare with',
      { live: { outcomes: 0, failures: 0 } },
      'hold',
      /may still be worse/,
    ],
    [
      'is aborted when it fails more often',
      { canary: { outcomes: 1500, failures: 780 } },
      'abort',
      /fails more often.*52\.0 % of 1500/,
    ],
    [
      'is aborted without waiting for the time',
      { canary: { outcomes: 300, failures: 200 }, now: new Date(minute) },
      'abort',
      /fails more often/,
    ],
    [
      'is aborted for trouble, whatever its outcomes',
      { troubles: ['serving-2 could not load it: golden-mismatch'] },
      'abort',
      /golden-mismatch/,
    ],
  ])('%s', (_, change, expected, reason) => {
    const decision = decideCanary({ ...base, ...change });
    expect(decision.action === 'advance' ? `advance ${decision.percent}` : decision.action).toBe(expected);
    expect(decision.reasons.join(' ')).toMatch(reason);
  });

  /** A canary at 10 % looked at after each of its outcomes; how it ends. */
  function run(canaryFailure: number, liveFailure: number, seed: number) {
    const random = seededRandom(seed);
    const canary = { outcomes: 0, failures: 0 };
    const live = { outcomes: 0, failures: 0 };
    const draw = (arm: { outcomes: number; failures: number }, failure: number) => {
      arm.outcomes++;
      if (random() < failure) arm.failures++;
    };
    while (canary.outcomes < 5000) {
      draw(canary, canaryFailure);
      for (let i = 0; i < 9; i++) draw(live, liveFailure);
      const decision = decideCanary({ ...base, canary, live, outcomesInStep: canary.outcomes });
      if (decision.action !== 'hold') return { action: decision.action, after: canary.outcomes };
    }
    return { action: 'hold', after: canary.outcomes };
  }

  const ends = (canaryFailure: number, liveFailure: number, runs = 200) => {
    const results = Array.from({ length: runs }, (_, seed) => run(canaryFailure, liveFailure, seed));
    const share = (action: string) => results.filter((result) => result.action === action).length / runs;
    const median = results.map(({ after }) => after).sort((a, b) => a - b)[runs / 2] ?? 0;
    return { abort: share('abort'), advance: share('advance'), median };
  };

  it('that is worse never gets beyond its first step', () => {
    const { abort, advance, median } = ends(0.5, 0.4);
    expect(abort).toBeGreaterThan(0.95);
    expect(advance).toBeLessThan(0.02);
    expect(median).toBeLessThan(1200);
  });

  it('that is as good or better is hardly ever aborted, and advances in time', () => {
    const equal = ends(0.4, 0.4);
    expect(equal.abort).toBeLessThan(0.05);
    expect(equal.advance).toBeGreaterThan(0.95);
    const better = ends(0.3, 0.4);
    expect(better.abort).toBe(0);
    expect(better.advance).toBe(1);
    expect(better.median).toBeLessThan(400);
  });
});

describe('the sequential interval', () => {
  it('holds the true difference at every look in at least 95 % of the streams', () => {
    let broken = 0;
    for (let seed = 0; seed < 400; seed++) {
      const random = seededRandom(seed);
      const canary = { outcomes: 0, failures: 0 };
      const live = { outcomes: 0, failures: 0 };
      let out = false;
      for (let n = 0; n < 2000; n++) {
        canary.outcomes++;
        live.outcomes++;
        if (random() < 0.3) canary.failures++;
        if (random() < 0.3) live.failures++;
        const { low, high } = sequentialDifference(canary, live, 0.05);
        if (low > 0 || high < 0) out = true;
      }
      if (out) broken++;
    }
    expect(broken / 400).toBeLessThanOrEqual(0.05);
  });
});
