import type {
  FailureRateReduction,
  GateResult,
  HoldoutMetrics,
  HoldoutSlice,
  Interval,
} from '#contracts/events/evaluation';
import type { GateThresholds } from '#contracts/model-definition';
import type { Random } from '../statistics/random.js';
import { majorityBaseline } from './baseline.js';
import { accuracyDifferenceInterval, macroF1DifferenceInterval } from './bootstrap.js';
import { failureRateReduction, REDUCTION_NOT_APPLICABLE } from './failure-rate-reduction.js';
import { judge } from './gate.js';
import type { LoggedDecisions } from './logged-decisions.js';
import { mcnemarPValue } from './mcnemar.js';
import { holdoutMetrics, predictedClasses } from './metrics.js';
import { pairedCounts } from './paired.js';
import { accuracyBySlice, type SliceInput } from './slices.js';

/** Both models' answers for the same holdout rows. */
export interface HoldoutAnswers {
  readonly classes: readonly string[];
  /** Class index of each row. */
  readonly truth: Int32Array;
  /** Rows × classes, in the order of `classes`. */
  readonly challenger: Float64Array;
  readonly champion: Float64Array | null;
  /** What each model would have chosen, for models that choose actions. */
  readonly decisions: LoggedDecisions | null;
  readonly slices: readonly SliceInput[];
}

/** Every number about a challenger, and the verdict that follows. */
export interface Judgement {
  readonly rows: number;
  readonly challengerMetrics: HoldoutMetrics;
  readonly championMetrics: HoldoutMetrics | null;
  readonly baselineAccuracy: number;
  readonly accuracyDifference: Interval;
  readonly f1Difference: Interval | null;
  readonly mcnemarPValue: number;
  readonly failureRateReduction: FailureRateReduction;
  readonly slices: HoldoutSlice[];
  readonly gate: GateResult;
}

/**
 * Scores challenger and champion on the same rows and judges. Without a champion, the baseline that always answers the
 * most common class takes its place in the comparison.
 *
 * @throws RangeError for an empty holdout or answers that are no probabilities
 */
export function judgeChallenger(answers: HoldoutAnswers, thresholds: GateThresholds, random: Random): Judgement {
  const { classes, truth } = answers;
  const { confidence, bootstrap_samples: samples } = thresholds;
  const challengerMetrics = holdoutMetrics({ classes, truth, probabilities: answers.challenger });
  const championMetrics =
    answers.champion === null ? null : holdoutMetrics({ classes, truth, probabilities: answers.champion });
  const baseline = majorityBaseline(truth, classes.length);
  const challenger = predictedClasses(answers.challenger, classes.length);
  const champion = answers.champion === null ? null : predictedClasses(answers.champion, classes.length);
  const pair = pairedCounts(truth, challenger, champion ?? new Int32Array(truth.length).fill(baseline.class));
  const bootstrap = { confidence, samples, random };
  const numbers = {
    rows: truth.length,
    baselineAccuracy: baseline.accuracy,
    accuracyDifference: accuracyDifferenceInterval(pair, bootstrap),
    f1Difference:
      champion === null
        ? null
        : macroF1DifferenceInterval({ truth, challenger, champion, classes: classes.length }, bootstrap),
    mcnemarPValue: mcnemarPValue(pair),
    failureRateReduction:
      answers.decisions === null
        ? REDUCTION_NOT_APPLICABLE
        : failureRateReduction(answers.decisions, {
            confidence,
            minimumEffectiveSamples: thresholds.minimum_effective_samples,
          }),
  };
  return {
    ...numbers,
    challengerMetrics,
    championMetrics,
    slices: accuracyBySlice(answers.slices, { truth, challenger, champion }, confidence),
    gate: judge({ ...numbers, thresholds, challenger: challengerMetrics, champion: championMetrics }),
  };
}
