import type {
  FailureRateReduction,
  GateResult,
  HoldoutMetrics,
  HoldoutSlice,
  Interval,
} from '#contracts/events/evaluation';
import type { Random } from '../statistics/random.js';
import { majorityBaseline } from './baseline.js';
import { accuracyDifferenceInterval, macroF1DifferenceInterval } from './bootstrap.js';
import { failureRateReduction, REDUCTION_NOT_APPLICABLE } from './failure-rate-reduction.js';
import { judge } from './gate.js';
import { logLossGain } from './knowledge.js';
import type { LoggedDecisions } from './logged-decisions.js';
import { mcnemarPValue } from './mcnemar.js';
import { holdoutMetrics, predictedClasses } from './metrics.js';
import { pairedCounts } from './paired.js';
import type { GateSettings } from './profiles.js';
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
 * most common class takes its place in the comparison, and what was done before that of the champion's choices.
 *
 * @param learnt what both would have chosen on more rows, those of the time that the challenger has learnt from
 * @throws RangeError for an empty holdout or answers that are no probabilities
 */
export function judgeChallenger(
  answers: HoldoutAnswers,
  settings: GateSettings,
  random: Random,
  learnt: LoggedDecisions | null = null,
): Judgement {
  const { classes, truth, decisions } = answers;
  const { confidence, bootstrapSamples: samples } = settings;
  const scored = { classes, truth, probabilities: answers.challenger };
  const challengerMetrics = holdoutMetrics(scored);
  const championMetrics =
    answers.champion === null ? null : holdoutMetrics({ classes, truth, probabilities: answers.champion });
  const baseline = majorityBaseline(truth, classes.length, confidence);
  const challenger = predictedClasses(answers.challenger, classes.length);
  const champion = answers.champion === null ? null : predictedClasses(answers.champion, classes.length);
  const always = (answer: number) => new Int32Array(truth.length).fill(answer);
  const pair = pairedCounts(truth, challenger, champion ?? always(baseline.class));
  const bootstrap = { confidence, samples, random };
  // Which class is the most common one may be as unsure as the rest, and the version looks worse than it is by the luck of that.
  const againstBaseline = () =>
    hullOf(
      baseline.candidates.map((each) =>
        accuracyDifferenceInterval(pairedCounts(truth, challenger, always(each)), bootstrap),
      ),
    );
  const accuracyDifference = champion === null ? againstBaseline() : accuracyDifferenceInterval(pair, bootstrap);
  const reductionOf = (of: LoggedDecisions) =>
    failureRateReduction(of, { confidence, minimumEffectiveSamples: settings.minimumEffectiveSamples });
  const numbers = {
    rows: truth.length,
    baselineAccuracy: baseline.accuracy,
    accuracyDifference,
    f1Difference:
      champion === null
        ? null
        : macroF1DifferenceInterval({ truth, challenger, champion, classes: classes.length }, bootstrap),
    mcnemarPValue: mcnemarPValue(pair),
    failureRateReduction: decisions === null ? REDUCTION_NOT_APPLICABLE : reductionOf(decisions),
  };
  return {
    ...numbers,
    challengerMetrics,
    championMetrics,
    slices: accuracyBySlice(answers.slices, { truth, challenger, champion }, confidence),
    gate: judge({
      ...numbers,
      settings,
      learntReduction: learnt && reductionOf(learnt),
      challenger: challengerMetrics,
      champion: championMetrics,
      baselineDifference: champion === null ? accuracyDifference : againstBaseline(),
      logLossGain: logLossGain(scored, confidence),
      rocAuc: challengerMetrics.roc_auc,
      alike: decisions === null ? null : decisions.alike / truth.length,
    }),
  };
}

/** The interval around all of them: it holds what any of them holds. */
function hullOf(intervals: readonly Interval[]): Interval {
  const [first] = intervals;
  if (first === undefined) throw new RangeError('there is no interval');
  const low = Math.min(...intervals.map((each) => each.low));
  return { ...first, low, high: Math.max(...intervals.map((each) => each.high)) };
}
