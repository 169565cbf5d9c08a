import type { FailureRateReduction, GateCheck, GateResult, Interval } from '#contracts/events/evaluation';
import type { GateThresholds } from '#contracts/model-definition';
import { share, signed, span, within } from './wording.js';

/** Two thresholds that differ by less are the same: 0.71 − 0.70 is a hair below 0.01 in binary. */
const ROUNDING = 1e-12;

/** What the gate needs to know of a model. */
export interface Scores {
  readonly accuracy: number;
  readonly f1_macro: number;
}

export interface GateInput {
  readonly thresholds: GateThresholds;
  readonly rows: number;
  readonly challenger: Scores | null;
  /** Null for the first version of a model: then it is compared with the baseline alone. */
  readonly champion: Scores | null;
  /** Accuracy of always answering the most common class. */
  readonly baselineAccuracy: number | null;
  /** Challenger minus champion, or minus the baseline where there is no champion. */
  readonly accuracyDifference: Interval | null;
  readonly f1Difference: Interval | null;
  /** Of the exact McNemar test, of the same pair. */
  readonly mcnemarPValue: number | null;
  readonly failureRateReduction: FailureRateReduction;
}

type Outcome = GateCheck['outcome'];

/**
 * Whether a challenger may go live. A pure function of the numbers; every check is reported, whatever the verdict.
 *
 * An improvement that misses its threshold is `fail` only if the evidence says on which side of zero it lies;
 * otherwise more data may turn it either way, and it is `inconclusive`. Of the checks' outcomes the verdict is the first
 * that occurs in: error, fail, inconclusive, pass. So an equal challenger is inconclusive and a worse one fails.
 */
export function judge(input: GateInput): GateResult {
  const checks = [
    accuracyImprovement(input),
    f1Improvement(input),
    reduction(input),
    beatsBaseline(input),
    enoughEvidence(input),
  ];
  const verdict =
    (['error', 'fail', 'inconclusive'] as const).find((o) => checks.some((c) => c.outcome === o)) ?? 'pass';
  return { verdict, checks, summary: summarise(verdict, checks) };
}

/** The judgement on a challenger that could not be scored at all. */
export function judgeBroken(explanation: string): GateResult {
  const outcome = 'error' as const;
  return {
    verdict: outcome,
    checks: [{ check: 'enough_evidence', outcome, value: null, threshold: null, explanation }],
    summary: `Error: ${explanation}`,
  };
}

function accuracyImprovement(input: GateInput): GateCheck {
  const { challenger, champion } = input;
  return improvement('accuracy_improvement', 'Accuracy', input, challenger?.accuracy, champion?.accuracy);
}

function f1Improvement(input: GateInput): GateCheck {
  const { challenger, champion } = input;
  return improvement('f1_macro_improvement', 'Macro-F1', input, challenger?.f1_macro, champion?.f1_macro);
}

function improvement(
  check: 'accuracy_improvement' | 'f1_macro_improvement',
  what: string,
  input: GateInput,
  mine: number | undefined,
  theirs: number | undefined,
): GateCheck {
  const threshold = input.thresholds[check];
  if (!input.champion)
    return {
      check,
      outcome: 'not-applicable',
      value: null,
      threshold,
      explanation: 'There is no champion to improve on.',
    };
  if (!isShare(mine) || !isShare(theirs))
    return broken(
      check,
      threshold,
      `expected the ${what.toLowerCase()} of both models from 0 to 1, got ${mine} and ${theirs}`,
    );
  const interval = check === 'accuracy_improvement' ? input.accuracyDifference : input.f1Difference;
  const value = mine - theirs;
  const outcome = atLeast(value, threshold, interval);
  const numbers = `${what} ${share(theirs)} → ${share(mine)}, ${signed(value)}${within(interval)}`;
  return { check, outcome, value, threshold, explanation: `${numbers}; needed at least ${signed(threshold)}.` };
}

function reduction({ champion, thresholds, failureRateReduction: found }: GateInput): GateCheck {
  const check = 'failure_rate_reduction';
  const threshold = thresholds.failure_rate_reduction;
  const skipped = (explanation: string): GateCheck => ({
    check,
    outcome: 'not-applicable',
    value: found.value,
    threshold,
    explanation,
  });
  if (found.method === 'not-applicable') return skipped('This model chooses no actions.');
  if (!champion) return skipped(`There is no champion; against what was logged: ${describeReduction(found)}.`);
  const { value } = found;
  const samples = `${Math.round(found.effective_samples)} effective samples by ${found.method}`;
  if (value === null) {
    const missing =
      found.effective_samples < thresholds.minimum_effective_samples
        ? `${samples}, needed at least ${thresholds.minimum_effective_samples}`
        : `for ${share(found.unsupported ?? 1)} of the rows nobody tried what the models choose, or nothing ever failed`;
    const explanation = `Failure rate not comparable: ${missing}.`;
    return { check, outcome: 'inconclusive', value, threshold, explanation };
  }
  if (!Number.isFinite(value)) return broken(check, threshold, `expected a number, got ${value}`);
  const outcome = atLeast(value, threshold, found.interval);
  return {
    check,
    outcome,
    value,
    threshold,
    explanation: `${describeReduction(found)}; needed at least ${signed(threshold)}.`,
  };
}

function beatsBaseline({ challenger, baselineAccuracy }: GateInput): GateCheck {
  const check = 'beats_baseline';
  const mine = challenger?.accuracy;
  if (!isShare(mine) || !isShare(baselineAccuracy))
    return broken(check, null, `expected accuracies from 0 to 1, got ${mine} and the baseline's ${baselineAccuracy}`);
  const better = mine > baselineAccuracy;
  return {
    check,
    outcome: better ? 'pass' : 'fail',
    value: mine,
    threshold: baselineAccuracy,
    explanation: `Accuracy ${share(mine)} is ${better ? 'above' : 'not above'} the ${share(baselineAccuracy)} of always answering the most common class.`,
  };
}

/**
 * The bootstrap interval must exclude 0, and so must the exact test: with few differing rows the percentile interval
 * is too narrow (five rows gained, none lost, gives an interval above 0, but a fair coin does that once in sixteen).
 */
function enoughEvidence(input: GateInput): GateCheck {
  const check = 'enough_evidence';
  const { accuracyDifference: interval, mcnemarPValue: pValue, champion, rows } = input;
  if (
    interval === null ||
    !Number.isFinite(interval.low) ||
    !Number.isFinite(interval.high) ||
    interval.low > interval.high
  )
    return broken(check, 0, `expected an interval of the accuracy difference, got ${JSON.stringify(interval)}`);
  const significance = 1 - input.thresholds.confidence;
  const excluded = excludesZero(interval);
  const tested = pValue === null || pValue <= significance;
  const other = champion ? "the champion's" : "the baseline's";
  const test = pValue === null ? '' : `, exact McNemar p = ${pValue.toPrecision(2)}`;
  const explanation = `Accuracy minus ${other} lies in ${span(interval)} at ${share(interval.confidence)} confidence${test}, on ${rows} rows: ${
    excluded && tested ? 'enough' : 'not enough'
  } to tell them apart.`;
  const value = nearestToZero(interval);
  return { check, outcome: excluded && tested ? 'pass' : 'inconclusive', value, threshold: 0, explanation };
}

function atLeast(value: number, threshold: number, interval: Interval | null): Outcome {
  if (value >= threshold - ROUNDING) return 'pass';
  return interval === null || excludesZero(interval) ? 'fail' : 'inconclusive';
}

function excludesZero({ low, high }: Interval): boolean {
  return low > 0 || high < 0;
}

/** The end of the interval nearest to zero; 0 where zero is inside. */
function nearestToZero(interval: Interval): number {
  if (!excludesZero(interval)) return 0;
  return interval.low > 0 ? interval.low : interval.high;
}

function isShare(value: number | null | undefined): value is number {
  return typeof value === 'number' && value >= 0 && value <= 1;
}

function broken(check: GateCheck['check'], threshold: number | null, problem: string): GateCheck {
  return { check, outcome: 'error', value: null, threshold, explanation: `Cannot be judged: ${problem}.` };
}

function describeReduction(found: FailureRateReduction): string {
  if (found.value === null) return 'The failure rates could not be compared';
  const from = share(found.baseline_failure_rate ?? Number.NaN);
  const to = share(found.challenger_failure_rate ?? Number.NaN);
  const samples = `${Math.round(found.effective_samples)} effective samples by ${found.method}`;
  return `Estimated failure rate ${from} → ${to}, relative reduction ${signed(found.value)}${within(found.interval)}, ${samples}`;
}

function summarise(verdict: GateResult['verdict'], checks: readonly GateCheck[]): string {
  const deciding = checks.filter((check) => check.outcome === verdict).map((check) => check.explanation);
  if (verdict === 'pass') return `Pass: ${checks.filter((c) => c.outcome === 'pass').length} checks hold.`;
  return `${verdict[0]?.toUpperCase()}${verdict.slice(1)}: ${deciding.join(' ')}`;
}
