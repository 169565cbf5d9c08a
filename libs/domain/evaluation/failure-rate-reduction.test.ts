import { describe, expect, it } from 'vitest';
import { type Random, seededRandom } from '../statistics/random.js';
import { failureRateReduction } from './failure-rate-reduction.js';
import type { LoggedDecisions } from './logged-decisions.js';

const ACTIONS = 4;
const SITES = 8;
const options = { confidence: 0.95, minimumEffectiveSamples: 30 };

/** P(failure) of each action on each kind of site: the truth that is to be recovered. */
const world = (random: Random) =>
  Array.from({ length: SITES }, () => Array.from({ length: ACTIONS }, () => 0.15 + 0.7 * random()));

type Policy = (site: number) => number;
type Logging = (site: number, random: Random) => { action: number; propensity: number };

function simulate(truth: number[][], rows: number, log: Logging, policies: [Policy, Policy | null], random: Random) {
  const [challenger, champion] = policies;
  const data: LoggedDecisions = {
    executed: new Int32Array(rows),
    failed: new Uint8Array(rows),
    propensity: new Float64Array(rows),
    challenger: { action: new Int32Array(rows), success: new Float64Array(rows) },
    champion: champion ? { action: new Int32Array(rows), success: new Float64Array(rows) } : null,
    alike: 0,
  };
  for (let row = 0; row < rows; row++) {
    const site = Math.floor(random() * SITES);
    const { action, propensity } = log(site, random);
    data.executed[row] = action;
    data.propensity[row] = propensity;
    data.failed[row] = random() < (truth[site]?.[action] ?? 0) ? 1 : 0;
    data.challenger.action[row] = challenger(site);
    data.challenger.success[row] = 1 - (truth[site]?.[challenger(site)] ?? 0);
    if (!champion || !data.champion) continue;
    data.champion.action[row] = champion(site);
    data.champion.success[row] = 1 - (truth[site]?.[champion(site)] ?? 0);
  }
  return data;
}

const rate = (truth: number[][], policy: Policy) =>
  truth.reduce((sum, site, s) => sum + (site[policy(s)] ?? 0), 0) / SITES;

/** Serving follows `policy` but for a share of random choices, and logs with what probability it chose. */
const exploring =
  (policy: Policy, share: number): Logging =>
  (site, random) => {
    const greedy = policy(site);
    const action = random() < share ? Math.floor(random() * ACTIONS) : greedy;
    return { action, propensity: share / ACTIONS + (action === greedy ? 1 - share : 0) };
  };

/** An engine that tries anything and logs no propensity. */
const anything: Logging = (_, random) => ({ action: Math.floor(random() * ACTIONS), propensity: Number.NaN });

const champion: Policy = (site) => site % ACTIONS;
const challenger: Policy = (site) => (site < 3 ? (site + 1) % ACTIONS : site % ACTIONS);
const stranger: Policy = (site) => (site + 2) % ACTIONS;

describe('failure-rate reduction', () => {
  it.each([
    ['logged propensities, champion explores 30 %', exploring(champion, 0.3), 'doubly-robust', 4000],
    ['logged propensities of a third policy', exploring(stranger, 0.6), 'doubly-robust', 4000],
    ['no propensities, random engine', anything, 'matched-replay', 2000],
  ] as const)('covers the true value in at least 90 %% of 200 simulations: %s', (_, log, method, rows) => {
    let covered = 0;
    let error = 0;
    for (let run = 0; run < 200; run++) {
      const random = seededRandom(1000 + run);
      const truth = world(random);
      const expected = 1 - rate(truth, challenger) / rate(truth, champion);
      const result = failureRateReduction(simulate(truth, rows, log, [challenger, champion], random), options);
      expect(result.method).toBe(method);
      const { value, interval } = result;
      if (value === null || interval === null) throw new Error('expected an estimate');
      error += value - expected;
      if (interval.low <= expected && expected <= interval.high) covered++;
    }
    expect(covered).toBeGreaterThanOrEqual(180);
    expect(Math.abs(error / 200)).toBeLessThan(0.02);
  });

  it('covers the true value against what was logged, where there is no champion', () => {
    let covered = 0;
    for (let run = 0; run < 200; run++) {
      const random = seededRandom(2000 + run);
      const truth = world(random);
      const logged = truth.flat().reduce((sum, p) => sum + p, 0) / (SITES * ACTIONS);
      const expected = 1 - rate(truth, challenger) / logged;
      const result = failureRateReduction(simulate(truth, 2000, anything, [challenger, null], random), options);
      expect(result.baseline).toBe('logged');
      if (result.interval && result.interval.low <= expected && expected <= result.interval.high) covered++;
    }
    expect(covered).toBeGreaterThanOrEqual(180);
  });

  it('is exactly nothing for a challenger that chooses like the champion', () => {
    const random = seededRandom(5);
    const data = simulate(world(random), 1000, exploring(champion, 0.2), [champion, champion], random);
    const result = failureRateReduction(data, options);
    expect(result.value).toBe(0);
    expect(result.interval?.low).toBeCloseTo(0, 12);
    expect(result.interval?.high).toBeCloseTo(0, 12);
    expect(result.changed_decisions).toBe(0);
  });

  it('is inconclusive where nobody ever tried what the challenger chooses', () => {
    const random = seededRandom(6);
    const always = exploring(champion, 0);
    const result = failureRateReduction(simulate(world(random), 5000, always, [challenger, champion], random), options);
    expect(result.value).toBeNull();
    expect(result.interval).toBeNull();
    expect(result.unsupported).toBeCloseTo(3 / 8, 1);
  });

  it('is inconclusive where few rows carry many decisions', () => {
    const random = seededRandom(7);
    const data = simulate(world(random), 1500, exploring(champion, 0.08), [stranger, champion], random);
    const result = failureRateReduction(data, options);
    expect(result.value).toBeNull();
    expect(result.effective_samples).toBeLessThan(30);
  });

  it('takes a propensity of 1 for no random choice', () => {
    const random = seededRandom(8);
    const data = simulate(world(random), 2000, anything, [challenger, champion], random);
    data.propensity.fill(1);
    expect(failureRateReduction(data, options).method).toBe('matched-replay');
  });

  it('has nothing to say about no rows, or where nothing ever failed', () => {
    const random = seededRandom(9);
    const data = simulate(world(random), 0, anything, [challenger, champion], random);
    expect(failureRateReduction(data, options)).toMatchObject({ value: null, effective_samples: 0 });
    const spotless = simulate(world(random), 1000, anything, [challenger, champion], random);
    spotless.failed.fill(0);
    expect(failureRateReduction(spotless, options).value).toBeNull();
  });

  it('is narrower with an outcome model than without one, and beside it', () => {
    const random = seededRandom(11);
    // Two kinds of sites choose alike, of which one nearly always fails and the other hardly ever: the models know it.
    const truth = Array.from({ length: SITES }, (_, site) => new Array<number>(ACTIONS).fill(site < 4 ? 0.1 : 0.9));
    const data = simulate(truth, 6000, exploring(champion, 0.3), [stranger, champion], random);
    const { estimates = [], method } = failureRateReduction(data, options);
    expect(method).toBe('doubly-robust');
    const width = (name: string) => {
      const interval = estimates.find((each) => each.method === name)?.interval;
      return (interval?.high ?? 0) - (interval?.low ?? 0);
    };
    expect(estimates.map((each) => each.method)).toEqual(['doubly-robust', 'importance-weighting', 'matched-replay']);
    expect(width('doubly-robust')).toBeLessThan(0.8 * width('importance-weighting'));
  });

  it('allows replay to be wrong by what the engine knew and the log does not say', () => {
    let covered = 0;
    let byChance = 0;
    for (let run = 0; run < 100; run++) {
      const random = seededRandom(3000 + run);
      const truth = world(random);
      const data = simulate(truth, 4000, anything, [challenger, champion], random);
      // Of the actions that would fail, the engine knows a third, and does something else.
      for (let row = 0; row < data.executed.length; row++)
        if (data.failed[row] === 1 && random() < 1 / 3) data.executed[row] = -1;
      const expected = 1 - rate(truth, challenger) / rate(truth, champion);
      const { interval, chance_interval: chance } = failureRateReduction(data, options);
      if (interval && interval.low <= expected && expected <= interval.high) covered++;
      if (chance && chance.low <= expected && expected <= chance.high) byChance++;
    }
    expect(covered).toBeGreaterThanOrEqual(97);
    expect(byChance).toBeLessThan(covered);
  });

  it('is bounded by what became of the explored actions that the engine did not carry out', () => {
    const random = seededRandom(12);
    const truth = world(random);
    const data = simulate(truth, 20_000, exploring(champion, 0.3), [challenger, champion], random);
    const whole = failureRateReduction(data, options);
    // It drops explored actions that would fail, half of the time.
    for (let row = 0; row < data.executed.length; row++)
      if ((data.propensity[row] ?? 1) < 0.5 && data.failed[row] === 1 && random() < 0.5) {
        data.executed[row] = (data.executed[row] ?? 0) + 1;
        data.propensity[row] = Number.NaN;
      }
    const expected = 1 - rate(truth, challenger) / rate(truth, champion);
    const result = failureRateReduction(data, options);
    expect(whole.followed_exploration).toBe(1);
    expect(result.followed_exploration).toBeLessThan(0.85);
    expect(result.interval?.low).toBeLessThan(expected);
    expect(result.interval?.high).toBeGreaterThan(expected);
    expect(result.value ?? 0).toBeGreaterThan(whole.value ?? 1);
  });

  it('leaves out a rare untried decision, and says what it could change', () => {
    const random = seededRandom(10);
    const data = simulate(world(random), 4000, anything, [champion, champion], random);
    for (let row = 0; row < 80; row++) {
      data.challenger.action[row] = 3;
      if (data.champion) data.champion.action[row] = 0;
      data.executed[row] = 0;
    }
    const { value, interval, unsupported } = failureRateReduction(data, options);
    expect(unsupported).toBeCloseTo(0.02, 6);
    expect(value).toBe(0);
    expect((interval?.high ?? 0) - (interval?.low ?? 0)).toBeGreaterThan(0.04);
  });
});
