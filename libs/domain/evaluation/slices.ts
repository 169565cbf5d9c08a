import type { HoldoutSlice } from '#contracts/events/evaluation';
import { wilsonInterval } from '../statistics/normal.js';

/** Fewer rows than this say nothing about a slice. */
const FEWEST_ROWS = 20;

export interface SliceInput {
  /** Name of a categorical feature, or "action". */
  readonly feature: string;
  /** Its different values, in the order in which they first occur. */
  readonly values: readonly string[];
  /** Position of each row's value among them. */
  readonly codes: Int32Array;
}

/**
 * Accuracy of the challenger on each part of the holdout, the worst first: ordered by the upper end of the interval, so
 * that a small slice needs to be very bad to come first. Slices of fewer than 20 rows are left out.
 */
export function accuracyBySlice(
  slices: readonly SliceInput[],
  rows: { truth: Int32Array; challenger: Int32Array; champion: Int32Array | null },
  confidence: number,
): HoldoutSlice[] {
  return slices
    .flatMap(({ feature, values, codes }) => {
      const counts = values.map((value) => ({ value, rows: 0, hits: 0, championHits: 0 }));
      for (let row = 0; row < codes.length; row++) {
        const count = counts[codes[row] ?? -1];
        if (count === undefined) continue;
        count.rows++;
        if (rows.challenger[row] === rows.truth[row]) count.hits++;
        if (rows.champion?.[row] === rows.truth[row]) count.championHits++;
      }
      return counts
        .filter((count) => count.rows >= FEWEST_ROWS)
        .map((count) => ({
          feature,
          value: count.value,
          rows: count.rows,
          accuracy: count.hits / count.rows,
          interval: wilsonInterval(count.hits, count.rows, confidence),
          champion_accuracy: rows.champion === null ? null : count.championHits / count.rows,
        }));
    })
    .sort((a, b) => a.interval.high - b.interval.high || a.feature.localeCompare(b.feature) || b.rows - a.rows);
}
