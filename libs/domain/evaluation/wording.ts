import type { Interval } from '#contracts/events/evaluation';

/** 0.8312 → "83.1 %". */
export function share(value: number): string {
  return `${(100 * value).toFixed(1)} %`;
}

/** 0.0123 → "+0.0123", with a real minus sign. */
export function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(4)}`;
}

/** "[−0.0021, +0.0180]" */
export function span(interval: Interval): string {
  return `[${signed(interval.low)}, ${signed(interval.high)}]`;
}

/** " in [−0.0021, +0.0180]", or nothing. */
export function within(interval: Interval | null): string {
  return interval ? ` in ${span(interval)}` : '';
}
