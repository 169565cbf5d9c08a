import type { FailureRateReduction } from '#contracts/events/evaluation';
import { twoSidedQuantile } from '../statistics/normal.js';
import type { LoggedDecisions } from './logged-decisions.js';
import { type Evidence, stratify } from './policy-strata.js';

/** Above this share of rows without support the comparison leaves too much out to be one. */
const MOST_UNSUPPORTED = 0.05;

export interface ReductionOptions {
  readonly confidence: number;
  readonly minimumEffectiveSamples: number;
}

/** For models without actions, like plain classification. */
export const REDUCTION_NOT_APPLICABLE: FailureRateReduction = {
  method: 'not-applicable',
  value: null,
  interval: null,
  effective_samples: 0,
};

/**
 * By how much failures would drop, relatively, if the challenger had chosen the actions on these sites:
 * 1 − V(challenger) / V(baseline), where V(π) is the expected share of failures when π chooses.
 *
 * Both V are post-stratified, self-normalised averages. Rows are grouped by what the two policies choose; in a group
 * F(π) is the weighted failure rate of the rows whose executed action is the one π chooses, and V(π) weighs the groups
 * by all their rows. So where the policies agree they get the same estimate, and only changed decisions matter.
 *
 * - `importance-weighting`: rows chosen at random by serving (0 < propensity < 1), weighted 1/propensity (Hájek 1971;
 *   Swaminathan & Joachims 2015, "The self-normalized estimator for counterfactual learning"). No assumption beyond
 *   the logged propensities being right. A propensity of 1 was no random choice and says nothing about other actions.
 * - `matched-replay`: all rows, weighted 1 (Li et al. 2011, "Unbiased offline evaluation of contextual-bandit-based news
 *   article recommendation algorithms"). Assumes that within a group the executed action does not depend on what
 *   would have come of it. Used where importance weighting has too few samples.
 *
 * `effective_samples` is Kish's (Σω)²/Σω² of the final weights, of the policy for which it is smaller. The value is null
 * where it is below the minimum, or where more than 5 % of the rows are in groups nobody tried the chosen action in.
 */
export function failureRateReduction(rows: LoggedDecisions, options: ReductionOptions): FailureRateReduction {
  const randomised = estimate(
    rows,
    (row) => {
      const propensity = rows.propensity[row] ?? Number.NaN;
      return propensity > 0 && propensity < 1 ? 1 / propensity : 0;
    },
    'importance-weighting',
    options,
  );
  if (randomised.value !== null) return randomised;
  const replayed = estimate(rows, () => 1, 'matched-replay', options);
  return replayed.value === null && randomised.effective_samples > replayed.effective_samples ? randomised : replayed;
}

function estimate(
  rows: LoggedDecisions,
  weight: (row: number) => number,
  method: 'importance-weighting' | 'matched-replay',
  options: ReductionOptions,
): FailureRateReduction {
  const evidence = stratify(rows, weight);
  const challenger = evidence.challenger.failureRate;
  const baseline = evidence.baseline.failureRate;
  const effective = Math.min(evidence.challenger.effectiveSamples, evidence.baseline.effectiveSamples);
  const conclusive =
    effective >= options.minimumEffectiveSamples && evidence.unsupported <= MOST_UNSUPPORTED && baseline > 0;
  return {
    method,
    value: conclusive ? 1 - challenger / baseline : null,
    interval: conclusive ? reductionInterval(evidence, options.confidence) : null,
    effective_samples: effective,
    challenger_failure_rate: evidence.rows > 0 ? challenger : null,
    baseline_failure_rate: evidence.rows > 0 ? baseline : null,
    baseline: rows.champion === null ? 'logged' : 'champion',
    changed_decisions: evidence.changed,
    unsupported: evidence.unsupported,
  };
}

/**
 * Delta method on the ratio, from the rows' influences on both failure rates (their covariance included), then widened
 * to what the unsupported rows could make of it if all of them failed or none did.
 */
function reductionInterval(evidence: Evidence, confidence: number) {
  const challenger = evidence.challenger.failureRate;
  const baseline = evidence.baseline.failureRate;
  const ratio = challenger / baseline;
  let squares = 0;
  for (let row = 0; row < evidence.challenger.influence.length; row++) {
    const first = evidence.challenger.influence[row] ?? 0;
    const second = evidence.baseline.influence[row] ?? 0;
    squares += ((first - ratio * second) / baseline) ** 2;
  }
  const half = (twoSidedQuantile(confidence) * Math.sqrt(squares)) / evidence.rows;
  const unknown = evidence.unsupported;
  const known = 1 - unknown;
  const best = (known * challenger) / (known * baseline + unknown);
  const worst = (known * challenger + unknown) / (known * baseline);
  return { low: 1 - worst - half, high: Math.min(1, 1 - best + half), confidence };
}
