import { describe, expect, it } from 'vitest';
import type { AccuracyPoint } from '#contracts/http/metrics';
import {
  accuracyNow,
  accuracyPerVersion,
  accuracySeries,
  beginningOf,
  bucketWidth,
  estimate,
  failuresOf,
} from './accuracy.js';

const HOUR = 3_600_000;
const START = Date.parse('2026-03-01T00:00:00Z');

const window = (version: string, hour: number, correct: number, outcomes: number, reference = 0.8): AccuracyPoint => ({
  model: 'm',
  version,
  window_start: new Date(START + hour * HOUR).toISOString(),
  outcomes,
  correct,
  failures: 3,
  reference,
});

describe('estimate', () => {
  it('is the Wilson interval', () => {
    // 15 of 20: 0.5313 to 0.8881, as in Agresti & Coull's and every textbook's formula.
    const { accuracy, low, high } = estimate(15, 20);
    expect(accuracy).toBe(0.75);
    expect(low).toBeCloseTo(0.5313, 4);
    expect(high).toBeCloseTo(0.8881, 4);
  });

  it('stays within 0 and 1', () => {
    expect(estimate(0, 3).low).toBeCloseTo(0, 12);
    expect(estimate(3, 3).high).toBeCloseTo(1, 12);
  });
});

describe('accuracyNow', () => {
  it('adds the interval to what the registry counted', () => {
    const since = '2026-03-01T00:00:00Z';
    const now = { version: 'v1.0.0', outcomes: 20, correct: 15, failures: 8, reference: 0.8, since };
    expect(accuracyNow(now)).toMatchObject({ accuracy: 0.75, reference: 0.8, outcomes: 20 });
    expect(accuracyNow(now)?.low).toBeCloseTo(0.5313, 4);
  });

  it('is null while nothing was judged', () => {
    expect(accuracyNow(null)).toBeNull();
    expect(accuracyNow(undefined)).toBeNull();
  });
});

describe('beginningOf', () => {
  const now = new Date(START + 100 * HOUR);
  const ago = (hours: number) => new Date(now.getTime() - hours * HOUR);

  it.each([
    ['at the time asked for, where there is more', 0, ago(72), ago(72)],
    ['shortly before the first outcome, where there is less', 50, ago(72), ago(52)],
  ])('is %s', (_, first, earliest, expected) => {
    expect(beginningOf([window('v1.0.0', first, 1, 1)], earliest, now)).toEqual(expected);
  });

  it('is what was asked for without an outcome', () => {
    expect(beginningOf([], ago(72), now)).toEqual(ago(72));
  });
});

describe('failuresOf', () => {
  it('tells the same windows by their failures, without a reference', () => {
    const [series] = accuracySeries(failuresOf([window('v1.0.0', 0, 8, 10)]), HOUR);
    expect(series).toMatchObject({ reference: null, segments: [[{ outcomes: 10, accuracy: 0.3 }]] });
  });
});

describe('accuracyPerVersion', () => {
  it('adds up each version and puts the one judged last first', () => {
    const lines = accuracyPerVersion([
      window('v1.0.0', 0, 8, 10),
      window('v1.0.0', 1, 6, 10),
      window('v1.1.0', 2, 9, 10, 0.85),
    ]);
    expect(lines.map(({ version, accuracy, reference }) => ({ version, accuracy, reference }))).toEqual([
      { version: 'v1.1.0', accuracy: 0.9, reference: 0.85 },
      { version: 'v1.0.0', accuracy: 0.7, reference: 0.8 },
    ]);
  });
});

describe('accuracySeries', () => {
  it('sums windows into buckets, leaves empty ones out, and keeps versions in order of appearance', () => {
    const series = accuracySeries(
      [window('v2.0.0', 7, 5, 10), window('v1.0.0', 1, 5, 10), window('v1.0.0', 2, 9, 10), window('v1.0.0', 4, 0, 0)],
      3 * HOUR,
    );
    expect(series.map(({ version }) => version)).toEqual(['v1.0.0', 'v2.0.0']);
    expect(series[0]?.segments).toMatchObject([
      [{ start: new Date(START), middle: new Date(START + 1.5 * HOUR), outcomes: 20, correct: 14, accuracy: 0.7 }],
    ]);
  });

  it('breaks where a version did not answer for a while', () => {
    const [one] = accuracySeries(
      [window('v1.0.0', 0, 5, 10), window('v1.0.0', 1, 5, 10), window('v1.0.0', 9, 5, 10)],
      HOUR,
    );
    expect(one?.segments.map((segment) => segment.length)).toEqual([2, 1]);
  });

  it.each([
    [24 * HOUR, 60, HOUR],
    [7 * 24 * HOUR, 60, 3 * HOUR],
    [30 * 24 * HOUR, 60, 12 * HOUR],
    [365 * 24 * HOUR, 60, 7 * 24 * HOUR],
  ])('%d ms in at most %d buckets gives buckets of %d ms', (span, most, width) => {
    expect(bucketWidth(span, most)).toBe(width);
  });
});
