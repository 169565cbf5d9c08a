import type { AccuracyBucket, AccuracySeries } from '../state/accuracy.js';

export interface SeriesLabel {
  version: string;
  x: number;
  y: number;
}

interface Plot {
  x: (time: Date) => number;
  y: (accuracy: number) => number;
  left: number;
  right: number;
  top: number;
  bottom: number;
}

export const LABEL_WIDTH = 46;
const LABEL_HEIGHT = 14;

/**
 * A version's name above the middle of its longest line, where that is long enough, or beside its only point; below it where
 * another name stands above. The live version comes first, and a name that has no room is left out.
 */
export function labelsOf(series: readonly AccuracySeries[], live: string | null, plot: Plot): SeriesLabel[] {
  const placed: SeriesLabel[] = [];
  const free = (label: SeriesLabel): boolean =>
    placed.every(({ x, y }) => Math.abs(x - label.x) >= LABEL_WIDTH || Math.abs(y - label.y) >= LABEL_HEIGHT);
  const longest = series
    .map(({ version, segments }) => ({
      version,
      buckets: segments.toSorted((a, b) => b.length - a.length)[0] ?? [],
    }))
    .sort((a, b) => Number(b.version === live) - Number(a.version === live) || b.buckets.length - a.buckets.length);
  for (const { version, buckets } of longest) {
    const found = placesOf(buckets, plot)
      .map((place) => ({ version, ...place }))
      .find(free);
    if (found !== undefined) placed.push(found);
  }
  return placed;
}

function placesOf(
  buckets: readonly AccuracyBucket[],
  { x, y, left, right, top, bottom }: Plot,
): { x: number; y: number }[] {
  const first = buckets[0];
  const last = buckets.at(-1);
  if (first === undefined || last === undefined) return [];
  if (buckets.length > 1 && x(last.middle) - x(first.middle) < LABEL_WIDTH) return [];
  const middle = (Math.max(left, x(first.middle)) + x(last.middle)) / 2;
  const at = Math.min(Math.max(middle, left + LABEL_WIDTH / 2), right - LABEL_WIDTH / 2);
  const above = Math.max(Math.min(...buckets.map(({ high }) => y(high))) - 6, top);
  const below = Math.min(Math.max(...buckets.map(({ low }) => y(low))) + LABEL_HEIGHT, bottom - 4);
  return [above, below].map((height) => ({ x: at, y: height }));
}
