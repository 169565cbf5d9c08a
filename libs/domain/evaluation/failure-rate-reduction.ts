import type { FailureRateReduction, Interval, PolicyEstimate } from '#contracts/events/evaluation';
import { twoSidedQuantile, twoSidedStudentQuantile } from '../statistics/normal.js';
import { followedExploration, randomisedWeights } from './followed-exploration.js';
import type { LoggedDecisions } from './logged-decisions.js';
import { expectedFailures } from './outcome-model.js';
import { hiddenKnowledgeBounds, overriddenBounds, plainBounds, type RateBounds } from './policy-bounds.js';
import { type Evidence, gatherEvidence } from './policy-evidence.js';

/** Above this share of rows without support the comparison leaves too much out to be one. */
const MOST_UNSUPPORTED = 0.05;
/**
 * With fewer failures, or successes, of either policy on changed decisions, an interval of a normal approximation is too narrow, by
 * simulation (`npm run bench -- judge`): the usual rule of ten.
 */
const FEWEST_OUTCOMES = 10;

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
 * 1 − V(challenger) / V(baseline), where V(π) is the expected share of failures when π chooses. Three estimates:
 *
 * - `doubly-robust`: rows chosen at random by serving (0 < propensity < 1), weighted 1/propensity, of what the outcome model
 *   got wrong (Dudík, Langford & Li 2011, "Doubly robust policy evaluation and learning"). No assumption beyond the logged
 *   propensities being right. A propensity of 1 was no random choice and says nothing about other actions.
 * - `importance-weighting`: the same without an outcome model (Hájek 1971; Swaminathan & Joachims 2015, "The
 *   self-normalized estimator for counterfactual learning").
 * - `matched-replay`: all rows, weighted 1 (Li et al. 2011, "Unbiased offline evaluation of contextual-bandit-based news
 *   article recommendation algorithms"). Assumes that within a group the executed action does not depend on what
 *   would have come of it; its interval allows for a good deal of that, see `hiddenKnowledgeBounds`.
 *
 * The first with enough samples is the answer. The value is null where no estimate has `minimumEffectiveSamples` on changed
 * decisions, or where more than 5 % of the rows are in groups nobody tried the chosen action in.
 */
export function failureRateReduction(rows: LoggedDecisions, options: ReductionOptions): FailureRateReduction {
  const followed = followedExploration(rows.propensity);
  const weights = randomisedWeights(rows.propensity, followed);
  const expected = expectedFailures(rows);
  const bounds = (evidence: Evidence) =>
    followed !== null && followed < 1 ? overriddenBounds(evidence, followed) : plainBounds(evidence);
  const withModel = gatherEvidence(rows, weights, expected);
  const robust = estimateOf('doubly-robust', withModel, bounds, options);
  const weighted = estimateOf('importance-weighting', gatherEvidence(rows, weights, null), bounds, options);
  const replay = gatherEvidence(rows, new Float64Array(rows.executed.length).fill(1), null);
  const comparesModels = rows.champion !== null;
  const replayed: PolicyEstimate = {
    ...estimateOf('matched-replay', replay, (evidence) => hiddenKnowledgeBounds(evidence, comparesModels), options),
    chance_interval: isConclusive(replay, options) ? reductionInterval(replay, plainBounds(replay), options) : null,
  };
  const answer = answerOf(robust, replayed);
  return {
    ...answer,
    baseline: comparesModels ? 'champion' : 'logged',
    changed_decisions: replay.changed,
    explored: shareOfRows(weights),
    followed_exploration: followed,
    estimates: [robust, weighted, replayed],
  };
}

/** Without a randomised estimate the replayed one is shown, unless there is more to say of the other. */
function answerOf(robust: PolicyEstimate, replayed: PolicyEstimate): PolicyEstimate {
  if (robust.value !== null) return robust;
  return replayed.value === null && robust.effective_samples > replayed.effective_samples ? robust : replayed;
}

function shareOfRows(weights: Float64Array): number {
  let rows = 0;
  for (const weight of weights) if (weight > 0) rows++;
  return weights.length === 0 ? 0 : rows / weights.length;
}

/** Where no decision differs of which anything is known, chance has no part in it, and the bounds say all. */
function isConclusive(
  { changedRows, effectiveSamples, rarerOutcomes, unsupported, baseline, rows }: Evidence,
  options: ReductionOptions,
): boolean {
  const enough =
    changedRows === 0 || (effectiveSamples >= options.minimumEffectiveSamples && rarerOutcomes >= FEWEST_OUTCOMES);
  return rows > 0 && enough && unsupported <= MOST_UNSUPPORTED && baseline > 0;
}

function estimateOf(
  method: PolicyEstimate['method'],
  evidence: Evidence,
  boundsOf: (evidence: Evidence) => RateBounds,
  options: ReductionOptions,
): PolicyEstimate {
  const { challenger, baseline } = evidence;
  const conclusive = isConclusive(evidence, options);
  const bounds = boundsOf(evidence);
  return {
    method,
    value: conclusive ? 1 - challenger / baseline : null,
    interval: conclusive ? reductionInterval(evidence, bounds, options) : null,
    effective_samples: evidence.effectiveSamples,
    success_gain: conclusive && baseline < 1 ? successGain(evidence, bounds, options) : null,
    challenger_failure_rate: evidence.rows > 0 ? challenger : null,
    baseline_failure_rate: evidence.rows > 0 ? baseline : null,
    unsupported: evidence.unsupported,
  };
}

/** Delta method on the ratio, both rates' covariance included, then widened to what the bounds allow. */
function reductionInterval(evidence: Evidence, bounds: RateBounds, { confidence }: ReductionOptions): Interval {
  const half = quantileOf(evidence, confidence) * ratioError(evidence, evidence.challenger, evidence.baseline);
  const worst = bounds.challenger.high / bounds.baseline.low;
  const best = bounds.challenger.low / bounds.baseline.high;
  return { low: 1 - worst - half, high: Math.min(1, 1 - best + half), confidence };
}

/** The same for (1 − V(challenger)) / (1 − V(baseline)) − 1. */
function successGain(evidence: Evidence, bounds: RateBounds, { confidence }: ReductionOptions) {
  const [mine, theirs] = [1 - evidence.challenger, 1 - evidence.baseline];
  const half = quantileOf(evidence, confidence) * ratioError(evidence, mine, theirs);
  const worst = (1 - bounds.challenger.high) / Math.max(1e-9, 1 - bounds.baseline.low);
  const best = (1 - bounds.challenger.low) / Math.max(1e-9, 1 - bounds.baseline.high);
  return {
    value: mine / theirs - 1,
    interval: { low: Math.max(-1, worst - 1 - half), high: best - 1 + half, confidence },
  };
}

/** Student's, as the error is known no better than so many effective samples on changed decisions say. */
function quantileOf({ changedRows, effectiveSamples }: Evidence, confidence: number): number {
  return changedRows === 0
    ? twoSidedQuantile(confidence)
    : twoSidedStudentQuantile(confidence, Math.max(1, effectiveSamples - 1));
}

function ratioError({ covariance }: Evidence, numerator: number, denominator: number): number {
  const ratio = numerator / denominator;
  const { challenger, baseline, both } = covariance;
  const variance = challenger - 2 * ratio * both + ratio * ratio * baseline;
  return Math.sqrt(Math.max(0, variance)) / denominator;
}
