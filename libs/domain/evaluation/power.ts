import type { Interval, Power } from '#contracts/events/evaluation';
import { normalQuantile, twoSidedQuantile } from '../statistics/normal.js';

/** Chance of seeing an improvement that is there. */
const POWER = 0.8;

/**
 * What so many rows could have shown, by the width of the interval they gave: an improvement of (z(1 − α/2) + z(0.8)) standard
 * errors is seen four times in five (Cohen 1988, "Statistical power analysis", ch. 2); the standard error falls with the root of the rows.
 * Null for an interval of nothing.
 */
export function powerOf(
  measure: Power['measure'],
  interval: Interval | null,
  rows: number,
  wanted: number,
): Power | null {
  if (interval === null || !(interval.high > interval.low) || !(wanted > 0)) return null;
  const z = twoSidedQuantile(interval.confidence);
  const error = (interval.high - interval.low) / (2 * z);
  const detectable = (z + normalQuantile(POWER)) * error;
  const needed = Math.ceil(rows * (detectable / wanted) ** 2);
  return {
    measure,
    detectable,
    wanted,
    rows_needed: needed,
    explanation: describe(measure, detectable, wanted, needed, rows),
  };
}

const WORDS: Record<Power['measure'], readonly [what: string, unit: string]> = {
  accuracy: ['an improvement of accuracy', 'points'],
  failures: ['a relative drop in failures', '%'],
  successes: ['a relative gain in successes', '%'],
};

/** "With 475 rows an improvement of accuracy below 4.0 points would not be seen; 7,700 rows are needed for 1.0." */
function describe(measure: Power['measure'], detectable: number, wanted: number, needed: number, rows: number): string {
  const [what, unit] = WORDS[measure];
  const seen = `With ${grouped(rows)} rows ${what} below ${hundredths(detectable)} ${unit} would not be seen`;
  return needed <= rows
    ? `${seen}.`
    : `${seen}; ${grouped(roughly(needed))} rows are needed for ${hundredths(wanted)}.`;
}

const hundredths = (value: number) => (100 * value).toFixed(1);

/** Two digits are all that such a number is good for. */
function roughly(rows: number): number {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(rows)) - 1);
  return Math.ceil(rows / unit) * unit;
}

const grouped = (value: number) => String(value).replace(/\B(?=(\d{3})+$)/g, ',');
