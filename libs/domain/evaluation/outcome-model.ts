import type { LoggedDecisions, PolicyChoices } from './logged-decisions.js';

/** A row's expectation is learnt from the rows of the other folds, so that its own outcome is no part of it. */
const FOLDS = 5;
/** Bins of the logit of the probability given, from −6 to 6. */
const BINS = 24;
const STEEPEST = 6;
/** As many rows as a bin needs before what happened counts as much as what was expected. */
const PRIOR_ROWS = 10;

/** P(failure) of what each policy would choose, row by row; the same number where both choose alike. */
export interface ExpectedFailures {
  readonly challenger: Float64Array;
  readonly champion: Float64Array | null;
}

/**
 * The outcome model of the doubly robust estimate: each policy's own probability for its choice, calibrated on what happened
 * where its choice was carried out (a histogram of the logit, shrunk to the model's word), apart for rows on which the
 * policies agree and on which they do not. Cross-fitted (Chernozhukov et al. 2018, "Double/debiased machine learning"), so that it may
 * be as wrong as it likes without a bias: it only has to be better than nothing to narrow the interval.
 */
export function expectedFailures(rows: LoggedDecisions): ExpectedFailures {
  const challenger = calibrated(rows, rows.challenger);
  if (rows.champion === null) return { challenger, champion: null };
  const champion = calibrated(rows, rows.champion);
  for (let row = 0; row < champion.length; row++)
    if (rows.champion.action[row] === rows.challenger.action[row]) champion[row] = challenger[row] ?? 0;
  return { challenger, champion };
}

function calibrated(rows: LoggedDecisions, policy: PolicyChoices): Float64Array {
  const { executed, failed, champion, challenger } = rows;
  const count = executed.length;
  const cells = 2 * BINS;
  const cellOf = new Uint8Array(count);
  const seen = new Float64Array(FOLDS * cells);
  const failures = new Float64Array(FOLDS * cells);
  for (let row = 0; row < count; row++) {
    const agree = champion === null || champion.action[row] === challenger.action[row];
    const cell = binOf(policy.success[row] ?? 0.5) + (agree ? 0 : BINS);
    cellOf[row] = cell;
    if (executed[row] !== policy.action[row]) continue;
    const at = (row % FOLDS) * cells + cell;
    seen[at] = (seen[at] ?? 0) + 1;
    failures[at] = (failures[at] ?? 0) + (failed[row] ?? 0);
  }
  const others = { seen: withoutOwnFold(seen, cells), failures: withoutOwnFold(failures, cells) };
  return Float64Array.from(cellOf, (cell, row) => {
    const at = (row % FOLDS) * cells + cell;
    const said = 1 - Math.min(1, Math.max(0, policy.success[row] ?? 0.5));
    return ((others.failures[at] ?? 0) + PRIOR_ROWS * said) / ((others.seen[at] ?? 0) + PRIOR_ROWS);
  });
}

function withoutOwnFold(sums: Float64Array, cells: number): Float64Array {
  const total = new Float64Array(cells);
  for (let at = 0; at < sums.length; at++) total[at % cells] = (total[at % cells] ?? 0) + (sums[at] ?? 0);
  return sums.map((own, at) => (total[at % cells] ?? 0) - own);
}

function binOf(success: number): number {
  const logit = Math.log(Math.max(1e-9, success) / Math.max(1e-9, 1 - success));
  const position = (logit + STEEPEST) / (2 * STEEPEST);
  return Math.min(BINS - 1, Math.max(0, Math.floor(position * BINS)));
}
