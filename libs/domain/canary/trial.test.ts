import { describe, expect, it } from 'vitest';
import { TrialPlan } from '#contracts/model-definition';
import { seededRandom } from '../statistics/random.js';
import { stratifiedDifference } from './difference.js';
import { decideTrial, type TrialObservation } from './trial.js';

const DAY_MS = 86_400_000;
const arm = (outcomes: number, rate: number) => ({ outcomes, failures: Math.round(outcomes * rate) });

/** A tenth of the tasks goes to the challenger, and the two choose differently on half of them. */
const base: TrialObservation = {
  plan: TrialPlan.parse({}),
  percent: 10,
  startedAt: new Date(0),
  now: new Date(DAY_MS),
  changed: [{ canary: arm(400, 0.3), live: arm(3600, 0.4) }],
  all: { canary: arm(800, 0.35), live: arm(7200, 0.4) },
  outcomesInStep: 800,
  wanted: 0.05,
  measure: 'failures',
  tolerated: 0.05,
  troubles: [],
};
const seen = (changed: TrialObservation['changed'][number], tasks = 8000): Partial<TrialObservation> => ({
  changed: [changed],
  all: { canary: arm(tasks / 10, 0.4), live: arm((9 * tasks) / 10, 0.4) },
});

describe('a trial', () => {
  it.each<[string, Partial<TrialObservation>, string, RegExp]>([
    [
      'is won when it is better for sure, by what is needed',
      {},
      'won',
      /better than the live version: 12\.\d % fewer failures/,
    ],
    ['is lost when it is worse for sure', seen({ canary: arm(400, 0.52), live: arm(3600, 0.4) }), 'lost', /worse/],
    [
      'is lost when it cannot reach what is needed any more',
      seen({ canary: arm(40_000, 0.4), live: arm(360_000, 0.4) }, 800_000),
      'lost',
      /cannot reach/,
    ],
    ['is lost for trouble', { troubles: ['serving-2 refused it'] }, 'lost', /refused/],
    [
      'gets a larger share when it is not worse by more than is tolerated',
      seen({ canary: arm(300, 0.38), live: arm(2700, 0.4) }, 6000),
      'advance',
      /not worse by more than 5\.0 %/,
    ],
    [
      'waits for the outcomes of a step',
      { ...seen({ canary: arm(300, 0.38), live: arm(2700, 0.4) }, 6000), outcomesInStep: 199 },
      'hold',
      /About \d+ more tasks are needed/,
    ],
    [
      'has no larger share to go to after the last one',
      { ...seen({ canary: arm(300, 0.38), live: arm(2700, 0.4) }, 6000), percent: 50 },
      'hold',
      /Not decided yet/,
    ],
    [
      'is over after its tasks',
      { ...seen({ canary: arm(2000, 0.375), live: arm(8000, 0.4) }, 20_000), percent: 50 },
      'ended',
      /20000 of 20000 tasks/,
    ],
    [
      'is over after its days',
      { ...seen({ canary: arm(30, 0.39), live: arm(270, 0.4) }, 600), now: new Date(14 * DAY_MS) },
      'ended',
      /14\.0 of 14 days/,
    ],
    [
      'waits for the first outcomes',
      { changed: [], all: { canary: arm(0, 0), live: arm(10, 0.4) } },
      'hold',
      /No outcome of both/,
    ],
    [
      'is won by more successes where they are rare',
      {
        measure: 'successes',
        ...seen({ canary: arm(4000, 0.94), live: arm(4000, 0.97) }, 20_000),
        all: { canary: arm(10_000, 0.955), live: arm(10_000, 0.97) },
      },
      'won',
      /more successes/,
    ],
  ])('%s', (_, change, action, reason) => {
    const decision = decideTrial({ ...base, ...change });
    expect(decision.action, decision.reasons.join(' ')).toBe(action);
    expect(decision.reasons.join(' ')).toMatch(reason);
  });

  /** Tasks on which the two always differ, half of them each; looked at after every hundred. */
  function run(challenger: number, live: number, seed: number) {
    const random = seededRandom(seed);
    const arms = { canary: { outcomes: 0, failures: 0 }, live: { outcomes: 0, failures: 0 } };
    for (let tasks = 1; ; tasks++) {
      const side = tasks % 2 ? 'canary' : 'live';
      arms[side].outcomes++;
      if (random() < (side === 'canary' ? challenger : live)) arms[side].failures++;
      if (tasks % 100 > 0) continue;
      const { action } = decideTrial({ ...base, changed: [arms], all: arms, percent: 50 });
      if (action !== 'hold') return action;
    }
  }
  const share = (action: string, challenger: number, live: number) =>
    Array.from({ length: 200 }, (_, seed) => run(challenger, live, seed)).filter((each) => each === action).length /
    200;

  it('is won by a better one, and hardly ever by one that is no better', () => {
    expect(share('won', 0.36, 0.4)).toBeGreaterThan(0.9);
    expect(share('won', 0.4, 0.4)).toBeLessThanOrEqual(0.025);
    expect(share('won', 0.44, 0.4)).toBe(0);
  });
});

describe('several steps', () => {
  it('are each compared within themselves', () => {
    // In the first step everything fails more often, and the canary has a small share of it: pooled, it looks better than it is.
    const steps = [
      { canary: arm(100, 0.8), live: arm(900, 0.8) },
      { canary: arm(500, 0.2), live: arm(500, 0.2) },
    ];
    expect(stratifiedDifference(steps, 0.05).difference).toBeCloseTo(0, 12);
    const pooled = { canary: arm(600, 0.3), live: arm(1400, (720 + 100) / 1400) };
    expect(stratifiedDifference([pooled], 0.05).difference).toBeLessThan(-0.2);
  });
});
