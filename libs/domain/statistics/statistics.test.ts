import { describe, expect, it } from 'vitest';
import { drawBinomial, drawMultinomial, fairCoinTail } from './binomial.js';
import { chiSquareTail, logGamma } from './gamma.js';
import { normalCdf, normalQuantile, twoSidedStudentQuantile, wilsonInterval } from './normal.js';
import { seededRandom, seedFromText } from './random.js';

describe('special functions agree with SciPy 1.17', () => {
  it.each([
    [0.1, 2.2527126517342055],
    [1, 0],
    [7.5, 7.534364236758733],
    [150_001, 1637765.464096134],
  ])('log Γ(%d)', (x, expected) => {
    expect(logGamma(x)).toBeCloseTo(expected, 7);
  });

  it.each([
    [3.841458820694124, 1, 0.05],
    [0.5, 3, 0.9188914116546758],
    [60, 30, 0.0009206823961486634],
  ])('P(χ² ≥ %d), %d degrees', (value, degrees, expected) => {
    expect(chiSquareTail(value, degrees)).toBeCloseTo(expected, 8);
  });

  it.each([
    [0.975, 1.959963984540054],
    [0.5, 0],
    [0.001, -3.090232306167813],
  ])('normal quantile of %d', (p, expected) => {
    expect(normalQuantile(p)).toBeCloseTo(expected, 9);
    expect(normalCdf(expected)).toBeCloseTo(p, 12);
  });

  it.each([
    [5, 0, 0.03125],
    [10, 3, 0.171875],
    [30, 20, 0.9786130273714662],
    [150_000, 74_600, 0.01955570314351541],
  ])('fair coin, %d tosses, at most %d heads', (n, k, expected) => {
    expect(fairCoinTail(n, k)).toBeCloseTo(expected, 7);
  });

  it('gives Wilson intervals as statsmodels does, and stays in range at the ends', () => {
    expect(wilsonInterval(8, 10, 0.95).low).toBeCloseTo(0.4901625, 6);
    expect(wilsonInterval(8, 10, 0.95).high).toBeCloseTo(0.9433178, 6);
    expect(wilsonInterval(0, 5, 0.95).low).toBe(0);
    expect(wilsonInterval(0, 0, 0.95)).toEqual({ low: 0, high: 1, confidence: 0.95 });
  });
});

const sum = (values: Float64Array, ...indices: number[]) => indices.reduce((total, i) => total + (values[i] ?? 0), 0);

describe('draws', () => {
  it('repeat with the seed and differ without', () => {
    const first = Array.from({ length: 5 }, seededRandom(7));
    expect(Array.from({ length: 5 }, seededRandom(7))).toEqual(first);
    expect(Array.from({ length: 5 }, seededRandom(8))).not.toEqual(first);
    expect(seedFromText('a')).not.toBe(seedFromText('b'));
  });

  it.each([
    [20, 0.1],
    [40, 0.5],
    [1000, 0.3],
    [1000, 0.97],
    [150_000, 0.0123],
  ])('binomial(%d, %d) has the right mean and variance', (n, p) => {
    const random = seededRandom(1);
    const draws = Array.from({ length: 20_000 }, () => drawBinomial(n, p, random));
    const mean = draws.reduce((sum, k) => sum + k, 0) / draws.length;
    const variance = draws.reduce((sum, k) => sum + (k - mean) ** 2, 0) / draws.length;
    const deviation = Math.sqrt(n * p * (1 - p));
    expect(Math.abs(mean - n * p)).toBeLessThan((4 * deviation) / Math.sqrt(draws.length));
    expect(variance / deviation ** 2).toBeGreaterThan(0.96);
    expect(variance / deviation ** 2).toBeLessThan(1.04);
    expect(Math.min(...draws)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...draws)).toBeLessThanOrEqual(n);
  });

  it('matches the whole binomial distribution where rejection is used', () => {
    const random = seededRandom(2);
    const counts = new Array<number>(41).fill(0);
    for (let i = 0; i < 100_000; i++) {
      const k = drawBinomial(40, 0.4, random);
      counts[k] = (counts[k] ?? 0) + 1;
    }
    let pmf = 0.6 ** 40;
    let chiSquare = 0;
    let cells = 0;
    for (let k = 0; k <= 40; k++) {
      const expected = pmf * 100_000;
      if (expected > 5) {
        chiSquare += ((counts[k] ?? 0) - expected) ** 2 / expected;
        cells++;
      }
      pmf *= (((40 - k) / (k + 1)) * 0.4) / 0.6;
    }
    expect(chiSquareTail(chiSquare, cells - 1)).toBeGreaterThan(0.001);
  });

  it('splits a multinomial without losing a draw and never into an empty cell', () => {
    const into = new Float64Array(5);
    const random = seededRandom(3);
    for (let i = 0; i < 200; i++) {
      drawMultinomial(1000, [0, 300, 0, 700, 0], random, into);
      expect(sum(into, 1, 3)).toBe(1000);
      expect(sum(into, 0, 2, 4)).toBe(0);
    }
  });
});

describe("Student's quantile", () => {
  // By scipy.stats.t.ppf.
  it.each([
    [0.95, 5, 2.5706],
    [0.95, 10, 2.2281],
    [0.95, 30, 2.0423],
    [0.99, 10, 3.1693],
    [0.95, Number.POSITIVE_INFINITY, 1.96],
  ])('at %d with %d degrees of freedom is %d', (confidence, degrees, expected) => {
    expect(twoSidedStudentQuantile(confidence, degrees)).toBeCloseTo(expected, 2);
  });
});
