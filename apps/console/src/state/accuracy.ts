import type { AccuracyPoint } from '#contracts/http/metrics';
import type { AccuracyNow } from '#contracts/http/models';

/** 97.5 % quantile of the normal distribution: intervals are 95 % wide. */
const Z = 1.959964;

export interface Estimate {
  outcomes: number;
  correct: number;
  accuracy: number;
  /** Wilson's interval, 95 %. */
  low: number;
  high: number;
}

/** Wilson, E. B. (1927), "Probable inference": the score interval of a proportion. Needs at least one outcome. */
export function estimate(correct: number, outcomes: number): Estimate {
  const p = correct / outcomes;
  const z2 = Z * Z;
  const centre = (p + z2 / (2 * outcomes)) / (1 + z2 / outcomes);
  const half = (Z / (1 + z2 / outcomes)) * Math.sqrt((p * (1 - p)) / outcomes + z2 / (4 * outcomes * outcomes));
  return { outcomes, correct, accuracy: p, low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}

/** How a version does now, with its interval; null without an outcome. */
export function accuracyNow(now: AccuracyNow | null | undefined): (Estimate & { reference: number | null }) | null {
  return now && now.outcomes > 0 ? { ...estimate(now.correct, now.outcomes), reference: now.reference } : null;
}

export interface VersionAccuracy extends Estimate {
  version: string;
  reference: number | null;
  /** Share of the outcomes that were failures. */
  failureRate: number;
  first: Date;
  last: Date;
}

/** One line per version over all its windows, the one judged last first. */
export function accuracyPerVersion(points: readonly AccuracyPoint[]): VersionAccuracy[] {
  return [...groupBy(points, ({ version }) => version)]
    .flatMap(([version, own]) => {
      const outcomes = own.reduce((sum, point) => sum + point.outcomes, 0);
      if (outcomes === 0) return [];
      const times = own.map(({ window_start }) => Date.parse(window_start));
      return [
        {
          version,
          ...estimate(
            own.reduce((sum, point) => sum + point.correct, 0),
            outcomes,
          ),
          reference: own.findLast(({ reference }) => reference !== null)?.reference ?? null,
          failureRate: own.reduce((sum, point) => sum + point.failures, 0) / outcomes,
          first: new Date(Math.min(...times)),
          last: new Date(Math.max(...times)),
        },
      ];
    })
    .sort((a, b) => b.last.getTime() - a.last.getTime());
}

export interface AccuracyBucket extends Estimate {
  start: Date;
  /** Where it is drawn. */
  middle: Date;
}

export interface AccuracySeries {
  version: string;
  reference: number | null;
  /** One per time that it answered without a longer pause. */
  segments: AccuracyBucket[][];
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const WIDTHS = [MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, 24 * HOUR, 7 * 24 * HOUR];

/** The narrowest bucket, in milliseconds, that divides this span into at most `most` parts. */
export function bucketWidth(span: number, most: number): number {
  return WIDTHS.find((width) => span / width <= most) ?? 28 * 24 * HOUR;
}

/** Sums windows into buckets of `width` milliseconds, one series per version, the oldest version first. */
export function accuracySeries(points: readonly AccuracyPoint[], width: number): AccuracySeries[] {
  return [...groupBy(points, ({ version }) => version)]
    .map(([version, own]) => ({
      version,
      reference: own.findLast(({ reference }) => reference !== null)?.reference ?? null,
      segments: segmentsOf(bucketsOf(own, width), width),
    }))
    .filter(({ segments }) => segments.length > 0)
    .sort((a, b) => startOf(a) - startOf(b));
}

/** The same windows, told by their failures: what is "correct" there is a failure here. A failure rate has no reference. */
export const failuresOf = (points: readonly AccuracyPoint[]): AccuracyPoint[] =>
  points.map((point) => ({ ...point, correct: point.failures, reference: null }));

function bucketsOf(points: readonly AccuracyPoint[], width: number): AccuracyBucket[] {
  return [...groupBy(points, ({ window_start }) => Math.floor(Date.parse(window_start) / width) * width)]
    .map(([start, windows]) => ({
      start,
      outcomes: windows.reduce((sum, window) => sum + window.outcomes, 0),
      correct: windows.reduce((sum, window) => sum + window.correct, 0),
    }))
    .filter(({ outcomes }) => outcomes > 0)
    .sort((a, b) => a.start - b.start)
    .map(({ start, outcomes, correct }) => ({
      start: new Date(start),
      middle: new Date(start + width / 2),
      ...estimate(correct, outcomes),
    }));
}

/** Buckets without a pause longer than this many widths between them belong together. */
const LONGEST_PAUSE = 3;

function segmentsOf(buckets: readonly AccuracyBucket[], width: number): AccuracyBucket[][] {
  const segments: AccuracyBucket[][] = [];
  for (const bucket of buckets) {
    const segment = segments.at(-1);
    const last = segment?.at(-1);
    if (
      segment === undefined ||
      last === undefined ||
      bucket.start.getTime() - last.start.getTime() > LONGEST_PAUSE * width
    )
      segments.push([bucket]);
    else segment.push(bucket);
  }
  return segments;
}

const startOf = (series: AccuracySeries): number => series.segments[0]?.[0]?.start.getTime() ?? 0;

/** The items of each key, in order of first appearance. (`Map.groupBy` needs Node 21.) */
function groupBy<Item, Key>(items: readonly Item[], keyOf: (item: Item) => Key): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}

/** Of the time that has outcomes, this much is shown before the first: what led to it happened a little earlier. */
const BEFORE = 0.04;

/** Where to begin drawing: at `earliest`, or shortly before the first outcome if that came later. */
export function beginningOf(points: readonly AccuracyPoint[], earliest: Date, now: Date): Date {
  const [first] = points;
  if (first === undefined) return earliest;
  const start = Date.parse(first.window_start);
  return new Date(Math.max(earliest.getTime(), start - BEFORE * (now.getTime() - start)));
}
