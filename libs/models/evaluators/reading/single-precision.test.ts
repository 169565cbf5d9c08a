import { describe, expect, it } from 'vitest';
import { requireSinglePrecision } from './single-precision.js';

const check = (thresholds: readonly number[], info: string): void =>
  requireSinglePrecision(new Map([[0, new Set(thresholds)]]), ['seen_at'], [info]);

describe('a LightGBM model that needs double precision', () => {
  it.each([
    [
      'thresholds that are one',
      [1_700_000_010.5, 1_700_000_050.5],
      '[1700000000:1700000060]',
      /are one in single precision/,
    ],
    ['seconds since 1970', [1_700_050_000.5], '[1700000001:1702000003]', /closer than 128/],
    ['milliseconds since 1970', [1.7e12], '[1700000000001:1800000000003]', /closer than 131072/],
    ['places a few metres apart', [52.4412345], '[52.4400001:52.4423457]', /in double precision/],
  ])('is refused for %s', (_, thresholds, info, message) => {
    expect(() => check(thresholds, info)).toThrow(message);
    expect(() => check(thresholds, info)).toThrow(/column "seen_at" .* subtract an offset/);
  });

  it.each([
    ['years', [1999.5, 2007.5], '[1970:2026]'],
    ['shares', [0.1, 0.1000001], '[0.0001:0.99999]'],
    ['large float32 numbers', [33_554_434, 33_554_440], '[16777216:67108864]'],
    ['whole numbers that float32 has', [3.5, 4.5], '[0:1000]'],
    ['every number', [1e300, -1e300], '[0:1]'],
    ['a constant', [0.5], 'none'],
  ])('is none for %s', (_, thresholds, info) => {
    expect(() => check(thresholds, info)).not.toThrow();
  });
});
