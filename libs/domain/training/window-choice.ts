/** Standard errors by which a smaller window has to foresee the newest rows better than all rows do. */
const SURE = 2;
/** Standard errors by which the newest rows have to be foreseen worse than the older ones, for the others to be tried at all. */
const SUSPICIOUS = 1.64;
/** Of the validation rows, so many are the newest where no onset says it better. */
const NEWEST_SHARE = 0.2;
const MOST_NEWEST = 2_000;
/** Fewer rows say nothing about which window is better. */
export const FEWEST_COMPARED = 50;

/**
 * Positions of the validation rows that tell what is true now: those since the latest onset that has enough of them, else the newest
 * fifth. Empty where they are too few.
 */
export function newestRows(times: Float64Array, onsets: readonly number[]): Int32Array {
  const latestFirst = [...onsets].sort((a, b) => b - a);
  for (const onset of latestFirst) {
    const since = positionsFrom(times, onset);
    if (since.length >= FEWEST_COMPARED) return since;
  }
  const wanted = Math.min(MOST_NEWEST, Math.max(FEWEST_COMPARED, Math.round(times.length * NEWEST_SHARE)));
  if (times.length < wanted) return new Int32Array();
  const sorted = Float64Array.from(times).sort();
  return positionsFrom(times, sorted[sorted.length - wanted] ?? 0);
}

export function positionsFrom(times: Float64Array, from: number): Int32Array {
  const positions: number[] = [];
  for (let row = 0; row < times.length; row++) if ((times[row] ?? 0) >= from) positions.push(row);
  return Int32Array.from(positions);
}

/**
 * Whether the model of all rows foresees the newest ones so much worse than the older ones that it is worth while to train others.
 * By Welch's statistic of the two mean losses; one-sided, 95 %.
 */
export function looksOutdated(losses: Float64Array, newest: Int32Array): boolean {
  const recent = new Uint8Array(losses.length);
  for (const row of newest) recent[row] = 1;
  const late = momentsOf(losses.filter((_, row) => recent[row] === 1));
  const early = momentsOf(losses.filter((_, row) => recent[row] === 0));
  if (late.rows < 2 || early.rows < 2) return false;
  return late.mean - early.mean > SUSPICIOUS * Math.sqrt(late.variance / late.rows + early.variance / early.rows);
}

/**
 * The window whose model foresees the newest rows best: another one than the first only if the paired difference of their losses is
 * there for sure. So a dataset in which nothing changes keeps all of its rows.
 *
 * @param losses of each window's model on the same rows
 */
export function chooseWindow(losses: readonly Float64Array[]): number {
  const [all, ...others] = losses;
  if (all === undefined) throw new RangeError('there is no window to choose among');
  let chosen = 0;
  let least = momentsOf(all).mean;
  others.forEach((own, i) => {
    const { mean } = momentsOf(own);
    const gain = momentsOf(own.map((loss, row) => (all[row] ?? 0) - loss));
    if (mean >= least || !(gain.mean > SURE * Math.sqrt(gain.variance / gain.rows))) return;
    chosen = i + 1;
    least = mean;
  });
  return chosen;
}

function momentsOf(values: Float64Array) {
  const rows = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / rows;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, rows - 1);
  return { rows, mean, variance };
}
