import { describe, expect, it } from 'vitest';
import { type Random, seededRandom } from '../statistics/random.js';
import { failureRateReduction } from './failure-rate-reduction.js';
import type { LoggedDecisions } from './logged-decisions.js';

const ACTIONS = 4;
const SITES = 8;
const options = { confidence: 0.95, minimumEffectiveSamples: 100 };

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
    challenger: new Int32Array(rows),
    champion: champion ? new Int32Array(rows) : null,
  };
  for (let row = 0; row < rows; row++) {
    const site = Math.floor(random() * SITES);
    const { action, propensity } = log(site, random);
    data.executed[row] = action;
    data.propensity[row] = propensity;
    data.failed[row] = random() < (truth[site]?.[action] ?? 0) ? 1 : 0;
    data.challenger[row] = challenger(site);
    if (champion && data.champion) data.champion[row] = champion(site);
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
    ['logged propensities, champion explores 30 %', exploring(champion, 0.3), 'importance-weighting', 4000],
    ['logged propensities of a third policy', exploring(stranger, 0.6), 'importance-weighting', 4000],
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
    expect(result.effective_samples).toBeLessThan(100);
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

  it('leaves out a rare untried decision, and says what it could change', () => {
    const random = seededRandom(10);
    const data = simulate(world(random), 4000, anything, [champion, champion], random);
    for (let row = 0; row < 80; row++) {
      data.challenger[row] = 3;
      if (data.champion) data.champion[row] = 0;
      data.executed[row] = 0;
    }
    const { value, interval, unsupported } = failureRateReduction(data, options);
    expect(unsupported).toBeCloseTo(0.02, 6);
    expect(value).toBe(0);
    expect((interval?.high ?? 0) - (interval?.low ?? 0)).toBeGreaterThan(0.04);
  });
});
