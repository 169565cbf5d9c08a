import type { HoldoutSlice } from '#contracts/events/evaluation';
import { wilsonInterval } from '../statistics/normal.js';

/** Fewer rows than this say nothing about a slice. */
const FEWEST_ROWS = 20;

export interface SliceInput {
  /** Name of a categorical feature, or "action". */
  readonly feature: string;
  /** Its value on each row. */
  readonly values: readonly string[];
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
    .flatMap(({ feature, values }) => {
      const counts = new Map<string, { rows: number; hits: number; championHits: number }>();
      values.forEach((value, row) => {
        const count = counts.get(value) ?? { rows: 0, hits: 0, championHits: 0 };
        count.rows++;
        if (rows.challenger[row] === rows.truth[row]) count.hits++;
        if (rows.champion?.[row] === rows.truth[row]) count.championHits++;
        counts.set(value, count);
      });
      return [...counts]
        .filter(([, count]) => count.rows >= FEWEST_ROWS)
        .map(([value, count]) => ({
          feature,
          value,
          rows: count.rows,
          accuracy: count.hits / count.rows,
          interval: wilsonInterval(count.hits, count.rows, confidence),
          champion_accuracy: rows.champion === null ? null : count.championHits / count.rows,
        }));
    })
    .sort((a, b) => a.interval.high - b.interval.high || a.feature.localeCompare(b.feature) || b.rows - a.rows);
}
