import { z } from 'zod';
import type { AccuracyReference } from './accuracy-drop.js';

const Measured = z.object({ accuracy: z.number(), rows: z.int() });

/**
 * What a version's live accuracy is to be compared with: its accuracy on the holdout, apart for rows whose executed
 * action is the one the version would have chosen and for the others. A model chooses where it expects success, so the
 * two differ, and live traffic holds mostly the former.
 */
export const LiveReferences = z.object({
  kind: z.enum(['action-outcome', 'multi-class']),
  followed: Measured,
  other: Measured,
  /** Rows per tenth of the probability the model gives to what it would decide; whoever acts, so drift shows in it. */
  decision_deciles: z.array(z.int()),
});
export type LiveReferences = z.infer<typeof LiveReferences>;

/** A part of the holdout with fewer rows than this is not held against anybody; the whole holdout stands in for it. */
const FEWEST_ROWS = 100;

/** Splits a model's accuracy by whether the executed action is its own choice; all rows are, where it chooses none. */
export function liveReferences(
  truth: Int32Array,
  predicted: Int32Array,
  choices: { executed: Int32Array; chosen: Int32Array } | null,
  decisionDeciles: readonly number[],
): LiveReferences {
  const sums = { followed: { hits: 0, rows: 0 }, other: { hits: 0, rows: 0 } };
  for (let row = 0; row < truth.length; row++) {
    const followed = choices === null || choices.executed[row] === choices.chosen[row];
    const sum = followed ? sums.followed : sums.other;
    sum.rows++;
    if (truth[row] === predicted[row]) sum.hits++;
  }
  const measured = ({ hits, rows }: { hits: number; rows: number }) => ({ accuracy: rows ? hits / rows : 0, rows });
  const kind = choices === null ? 'multi-class' : 'action-outcome';
  return {
    kind,
    followed: measured(sums.followed),
    other: measured(sums.other),
    decision_deciles: [...decisionDeciles],
  };
}

/** The reference of one outcome. */
export function referenceOf(
  { followed, other }: Pick<LiveReferences, 'followed' | 'other'>,
  isFollowed: boolean,
): AccuracyReference {
  const part = isFollowed ? followed : other;
  if (part.rows >= FEWEST_ROWS) return part;
  const rows = followed.rows + other.rows;
  const hits = followed.accuracy * followed.rows + other.accuracy * other.rows;
  return { accuracy: rows > 0 ? hits / rows : 0, rows };
}
