import { describe, expect, it } from 'vitest';
import { seededRandom } from '../statistics/random.js';
import { accuracyDifferenceInterval, macroF1DifferenceInterval } from './bootstrap.js';
import { mcnemarPValue } from './mcnemar.js';
import { accuracyDifference, type PairedCounts, pairedCounts } from './paired.js';

const counts = (both: number, onlyChallenger: number, onlyChampion: number, neither: number): PairedCounts => ({
  both,
  onlyChallenger,
  onlyChampion,
  neither,
});

const options = (seed = 1, samples = 4000) => ({ confidence: 0.95, samples, random: seededRandom(seed) });

describe('paired counts', () => {
  it('sort the rows by who was right', () => {
    const truth = Int32Array.from([0, 1, 1, 0, 1]);
    const result = pairedCounts(truth, Int32Array.from([0, 1, 0, 1, 1]), Int32Array.from([0, 0, 1, 1, 1]));
    expect(result).toEqual(counts(2, 1, 1, 1));
    expect(accuracyDifference(result)).toBe(0);
    expect(() => pairedCounts(truth, new Int32Array(4), truth)).toThrow(/expected 5 predictions/);
  });
});

describe('interval of the accuracy difference', () => {
  it.each([
    ['a clear gain', counts(600, 120, 60, 220)],
    ['a clear loss', counts(600, 60, 120, 220)],
    ['no difference', counts(600, 90, 90, 220)],
  ])('agrees with the normal approximation on %s', (_, cells) => {
    const { low, high } = accuracyDifferenceInterval(cells, options());
    const difference = accuracyDifference(cells);
    const deviation = Math.sqrt(((cells.onlyChallenger + cells.onlyChampion) / 1000 - difference ** 2) / 1000);
    expect(Math.abs(low - (difference - 1.96 * deviation))).toBeLessThan(0.15 * deviation);
    expect(Math.abs(high - (difference + 1.96 * deviation))).toBeLessThan(0.15 * deviation);
  });

  it('is within one row of drawing row by row', () => {
    const cells = counts(20, 9, 3, 8);
    const { low, high } = accuracyDifferenceInterval(cells, options(1, 20_000));
    const scores = [...new Array(9).fill(1), ...new Array(3).fill(-1), ...new Array(28).fill(0)];
    const random = seededRandom(5);
    const draws = Float64Array.from({ length: 20_000 }, () => {
      let sum = 0;
      for (let i = 0; i < 40; i++) sum += scores[Math.floor(random() * 40)];
      return sum / 40;
    }).sort();
    const oneRow = 1 / 40 + 1e-9;
    expect(Math.abs(low - (draws[500] ?? Number.NaN))).toBeLessThan(oneRow);
    expect(Math.abs(high - (draws[19_499] ?? Number.NaN))).toBeLessThan(oneRow);
  });

  it('repeats with the seed', () => {
    const cells = counts(600, 120, 60, 220);
    expect(accuracyDifferenceInterval(cells, options(3))).toEqual(accuracyDifferenceInterval(cells, options(3)));
  });

  it('is exactly nothing where the models never differ', () => {
    expect(accuracyDifferenceInterval(counts(70, 0, 0, 30), options())).toEqual({ low: 0, high: 0, confidence: 0.95 });
  });

  it('covers the true difference about as often as it says', () => {
    const random = seededRandom(11);
    let covered = 0;
    for (let run = 0; run < 400; run++) {
      const cells = { both: 0, onlyChallenger: 0, onlyChampion: 0, neither: 0 };
      for (let row = 0; row < 500; row++) {
        const u = random();
        if (u < 0.6) cells.both++;
        else if (u < 0.75) cells.onlyChallenger++;
        else if (u < 0.85) cells.onlyChampion++;
        else cells.neither++;
      }
      const { low, high } = accuracyDifferenceInterval(cells, { confidence: 0.95, samples: 1000, random });
      if (low <= 0.05 && high >= 0.05) covered++;
    }
    expect(covered / 400).toBeGreaterThan(0.92);
    expect(covered / 400).toBeLessThan(0.98);
  });
});

describe('interval of the macro-F1 difference', () => {
  const random = seededRandom(4);
  const truth = Int32Array.from({ length: 800 }, () => Math.floor(random() * 3));
  const noisy = (error: number) => truth.map((k) => (random() < error ? Math.floor(random() * 3) : k));

  it('lies around the difference and excludes 0 where one model is clearly better', () => {
    const rows = { truth, challenger: noisy(0.2), champion: noisy(0.5), classes: 3 };
    const { low, high } = macroF1DifferenceInterval(rows, options());
    expect(low).toBeGreaterThan(0.05);
    expect(high).toBeLessThan(0.35);
  });

  it('holds 0 for equal models, and rows of unknown truth do not upset it', () => {
    const withUnknown = truth.map((k, row) => (row % 10 === 0 ? -1 : k));
    const rows = { truth: withUnknown, challenger: noisy(0.4), champion: noisy(0.4), classes: 3 };
    const { low, high } = macroF1DifferenceInterval(rows, options());
    expect(low).toBeLessThan(0);
    expect(high).toBeGreaterThan(0);
  });
});

describe("McNemar's test", () => {
  it.each([
    [5, 0, 0.0625],
    [0, 6, 0.03125],
    [10, 2, 0.03857421875],
    [25, 25, 1],
    [0, 0, 1],
    [150, 100, 0.0018833009350761602],
  ])('of %d against %d', (onlyChallenger, onlyChampion, expected) => {
    expect(mcnemarPValue(counts(10, onlyChallenger, onlyChampion, 3))).toBeCloseTo(expected, 9);
  });
});
