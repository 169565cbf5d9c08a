import { twoSidedQuantile } from '../statistics/normal.js';

/** What always answering the most common class would reach. */
export interface Baseline {
  /** Index of the most common class of the holdout. */
  readonly class: number;
  /** Of that class and the others that may be the most common one, for all that these rows say. */
  readonly candidates: readonly number[];
  readonly accuracy: number;
}

/**
 * Majority-class baseline, taken from the holdout itself: no constant answer does better on these rows, so a model that
 * is not above it has learnt nothing that shows.
 *
 * @throws RangeError for no rows
 */
export function majorityBaseline(truth: Int32Array, classes: number, confidence: number): Baseline {
  if (truth.length === 0) throw new RangeError('expected at least one holdout row, got none');
  const counts = new Array<number>(classes).fill(0);
  for (const k of truth) if (k >= 0) counts[k] = (counts[k] ?? 0) + 1;
  const most = Math.max(...counts);
  const candidates = [...counts.keys()].filter((k) => isAsCommon(counts[k] ?? 0, most, confidence));
  return { class: counts.indexOf(most), candidates, accuracy: most / truth.length };
}

/** Whether a class that has fewer rows may be as common in the world: by the sign test's normal approximation. */
function isAsCommon(count: number, most: number, confidence: number): boolean {
  return most - count <= twoSidedQuantile(confidence) * Math.sqrt(most + count);
}
