import type { GateCheck, Interval } from '#contracts/events/evaluation';
import type { Renewal } from './profiles.js';

/** Two numbers that differ by less are the same: 0.71 − 0.70 is a hair below 0.01 in binary. */
const ROUNDING = 1e-12;
/** With less left to gain, asking for a point is asking for too much … */
const LITTLE_HEADROOM = 0.05;
/** … and this share of the champion's error is asked for instead; at the limit the two are the same. */
const SHARE_OF_ERROR = 0.2;

/**
 * Whether a number reaches its threshold. `pass`: it does, and its interval says that there is an improvement at all, or, where
 * the threshold is below 0, that it is not worse by more than that. `fail`: the interval lies wholly below the threshold. Otherwise
 * more rows may turn it either way, and it is `inconclusive`.
 */
export function outcomeOf(value: number, threshold: number, interval: Interval | null): GateCheck['outcome'] {
  if (interval === null) return 'inconclusive';
  if (interval.high < threshold - ROUNDING) return 'fail';
  if (value < threshold - ROUNDING) return 'inconclusive';
  const agrees = threshold < 0 ? interval.low >= threshold - ROUNDING : interval.low > 0;
  return agrees ? 'pass' : 'inconclusive';
}

/**
 * The same for a version that takes the place of one that the world has left behind, and has seen more of it as it is: it need not be
 * better for sure, as long as it is not worse by more than the margin for sure, and looks no worse where nothing else speaks for it.
 */
export function renewalOutcome(
  value: number,
  { margin, foreseen }: Renewal,
  interval: Interval | null,
): GateCheck['outcome'] {
  if (interval === null) return 'inconclusive';
  if (interval.high < -ROUNDING) return 'fail';
  return (foreseen || value >= -ROUNDING) && interval.low >= -margin - ROUNDING ? 'pass' : 'inconclusive';
}

/** What is asked of it, for a sentence that goes on with a semicolon. */
export function renewalDemand({ foreseen, because }: Renewal, margin: string): string {
  return `needed not worse${foreseen ? '' : ', nor'} ${margin} for sure, as ${because}`;
}

export interface Demand {
  readonly threshold: number;
  /** Why it is not the definition's number; empty where it is. */
  readonly because: string;
}

/** What is asked of a score from 0 to 1 on top of the champion's, knowing how much is left to gain. */
export function demandOf(wanted: number, champion: number): Demand {
  const left = 1 - champion;
  if (wanted <= 0 || left >= LITTLE_HEADROOM) return { threshold: wanted, because: '' };
  const threshold = Math.min(wanted, SHARE_OF_ERROR * left);
  return { threshold, because: ` (a fifth of the ${(100 * left).toFixed(1)} points that are left to gain)` };
}

export function excludesZero({ low, high }: Interval): boolean {
  return low > 0 || high < 0;
}

/** Two models that never answer differently have an interval of nothing: no row says anything about them. */
export function isNothing({ low, high }: Interval): boolean {
  return low === 0 && high === 0;
}
