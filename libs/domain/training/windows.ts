import type { TrainingWindow } from '#contracts/training-window';

/** A way to choose among the training rows. */
export interface Window {
  /** `all`, `days`, `rows`, `half-life`, `since-onset`, `newest-quarter` or `newest-sixteenth`. */
  readonly name: string;
  /** Rows of this time (milliseconds since 1970) and later count; null for all. */
  readonly from: number | null;
  /** By so many milliseconds a row counts half as much; null where all count alike. */
  readonly halfLifeMs: number | null;
  /** Rows of this time and later count for at least half of one; null for all. */
  readonly mostlyFrom: number | null;
}

export const ALL_ROWS: Window = { name: 'all', from: null, halfLifeMs: null, mostlyFrom: null };

const DAY_MS = 86_400_000;
/** A model of fewer rows is not worth comparing: with the shares of the default split, 500 outcomes have this many. */
const FEWEST_ROWS = 300;
/** Of the time that the rows cover, the share by which one counts half as much, where the older ones are to fade. */
const FADING = 1 / 4;
/** A window that leaves out less than this share of another one's rows is the same world. */
const ALIKE = 0.2;
const NEWEST = [
  { name: 'newest-quarter', share: 1 / 4 },
  { name: 'newest-sixteenth', share: 1 / 16 },
];

export interface WindowRows {
  /** When the outcome of each training row was seen. */
  readonly times: Float64Array;
  /** Rows of the training part among all rows of the dataset, 0 to 1. */
  readonly trainShare: number;
  /** When live accuracy is estimated to have dropped. */
  readonly onsets: readonly number[];
}

/**
 * The windows that training is to choose among, the definition's own alone where it names one. For `auto` the first is all rows;
 * the others are what came since each onset, and the newest quarter and sixteenth of the rows, as long as they are rows enough and
 * differ from those before them; and all rows again, the older ones counting less, for a world that changes all the time.
 */
export function candidateWindows(wanted: TrainingWindow, { times, trainShare, onsets }: WindowRows): Window[] {
  if (wanted === 'all' || times.length === 0) return [ALL_ROWS];
  const sorted = Float64Array.from(times).sort();
  const newest = sorted.at(-1) ?? 0;
  const ofNewest = (rows: number): number | null =>
    rows >= sorted.length ? null : (sorted[sorted.length - Math.max(1, Math.round(rows))] ?? null);
  if (wanted !== 'auto') {
    if ('days' in wanted) return [newestOnly('days', newest - wanted.days * DAY_MS)];
    if ('rows' in wanted) return [newestOnly('rows', ofNewest(wanted.rows * trainShare))];
    return [fading(newest, wanted.half_life * DAY_MS)];
  }
  const windows: Window[] = [ALL_ROWS];
  const sizes = [sorted.length];
  const consider = (name: string, from: number | null): void => {
    if (from === null) return;
    const rows = sorted.length - firstAtLeast(sorted, from);
    const known = sizes.some((size) => Math.abs(size - rows) < ALIKE * size);
    if (rows < FEWEST_ROWS || known) return;
    windows.push(newestOnly(name, from));
    sizes.push(rows);
  };
  for (const onset of onsets) consider('since-onset', onset);
  for (const { name, share } of NEWEST) consider(name, ofNewest(sorted.length * share));
  const covered = newest - (sorted[0] ?? newest);
  if (covered > 0 && sorted.length * FADING >= FEWEST_ROWS) windows.push(fading(newest, covered * FADING));
  return windows;
}

const newestOnly = (name: string, from: number | null): Window => ({ name, from, halfLifeMs: null, mostlyFrom: from });

const fading = (newest: number, halfLifeMs: number): Window => ({
  name: 'half-life',
  from: null,
  halfLifeMs,
  mostlyFrom: newest - halfLifeMs,
});

/** Position of the first value that is not below a limit. */
function firstAtLeast(sorted: Float64Array, limit: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? 0) < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** How much each row counts; null where all count alike. */
export function windowWeights({ halfLifeMs }: Window, times: Float64Array): Float32Array | null {
  if (halfLifeMs === null) return null;
  const newest = times.reduce((latest, time) => Math.max(latest, time), Number.NEGATIVE_INFINITY);
  return Float32Array.from(times, (time) => 2 ** ((time - newest) / halfLifeMs));
}
