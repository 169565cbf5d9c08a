import type { FailureRateReduction, GateCheck, Interval } from '#contracts/events/evaluation';
import type { LogLossGain } from './knowledge.js';
import type { GateSettings } from './profiles.js';

/** What the gate needs to know of a model. */
export interface Scores {
  readonly accuracy: number;
  readonly f1_macro: number;
}

export interface GateInput {
  readonly settings: GateSettings;
  readonly rows: number;
  readonly challenger: Scores | null;
  /** Null for the first version of a model: then it is compared with the baseline, and with what was done before it. */
  readonly champion: Scores | null;
  /** Accuracy of always answering the most common class. */
  readonly baselineAccuracy: number | null;
  /** Challenger minus champion, or minus the baseline where there is no champion. */
  readonly accuracyDifference: Interval | null;
  /** Challenger minus the baseline. */
  readonly baselineDifference: Interval | null;
  readonly f1Difference: Interval | null;
  /** Of the exact McNemar test, of the same pair. */
  readonly mcnemarPValue: number | null;
  /** Against knowing the base rates alone; null where it was not computed. */
  readonly logLossGain: LogLossGain | null;
  /** Area under the ROC curve; null where only one class is present. */
  readonly rocAuc: number | null;
  readonly failureRateReduction: FailureRateReduction;
  /** The same on more rows than are judged: those of the time that the challenger has learnt from; null or left out where there are no more. */
  readonly learntReduction?: FailureRateReduction | null;
  /** Share of the rows on which the challenger gives every action the same chance; null for a model without actions. */
  readonly alike: number | null;
}

export type CheckName = GateCheck['check'];

export function broken(check: CheckName, threshold: number | null, problem: string): GateCheck {
  return { check, outcome: 'error', value: null, threshold, explanation: `Cannot be judged: ${problem}.` };
}

export function isShare(value: number | null | undefined): value is number {
  return typeof value === 'number' && value >= 0 && value <= 1;
}

export function isInterval(interval: Interval | null): interval is Interval {
  return (
    interval !== null &&
    Number.isFinite(interval.low) &&
    Number.isFinite(interval.high) &&
    interval.low <= interval.high
  );
}
