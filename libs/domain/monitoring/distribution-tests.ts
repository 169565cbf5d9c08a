import { chiSquareTail } from '../statistics/gamma.js';

/** Added to every bin, so that an empty one does not make the index infinite. */
const SMOOTHING = 0.5;
/** Bins in which fewer than this many are expected are put together, as the χ² approximation needs (Cochran 1954). */
const FEWEST_EXPECTED = 5;

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

/**
 * Population stability index of two histograms with the same bins: Σ (p − q) · ln(p / q), Jeffreys' divergence. By the
 * usual reading (Siddiqi, "Credit Risk Scorecards", 2006) below 0.1 is stable and above 0.25 a shift.
 */
export function populationStabilityIndex(before: readonly number[], now: readonly number[]): number {
  const totals = [before, now].map((counts) => sum(counts) + SMOOTHING * counts.length);
  return sum(
    before.map((count, bin) => {
      const p = (count + SMOOTHING) / (totals[0] ?? 1);
      const q = ((now[bin] ?? 0) + SMOOTHING) / (totals[1] ?? 1);
      return (p - q) * Math.log(p / q);
    }),
  );
}

/**
 * p-value of the two-sample Kolmogorov–Smirnov test (Smirnov 1948), from histograms: the distance is taken at the bin
 * edges only, so it is never too large and the p-value never too small.
 */
export function kolmogorovSmirnov(before: readonly number[], now: readonly number[]): number {
  const [rows, rowsNow] = [sum(before), sum(now)];
  if (rows === 0 || rowsNow === 0) return 1;
  let [share, shareNow, distance] = [0, 0, 0];
  before.forEach((count, bin) => {
    share += count / rows;
    shareNow += (now[bin] ?? 0) / rowsNow;
    distance = Math.max(distance, Math.abs(share - shareNow));
  });
  const effective = Math.sqrt((rows * rowsNow) / (rows + rowsNow));
  return kolmogorovTail((effective + 0.12 + 0.11 / effective) * distance);
}

/** P(√n·D ≥ λ) in the limit (Kolmogorov 1933); for small λ, where the alternating series is slow, it is 1. */
function kolmogorovTail(lambda: number): number {
  if (lambda < 0.3) return 1;
  let total = 0;
  for (let j = 1; j <= 100; j++) {
    const term = Math.exp(-2 * j * j * lambda * lambda);
    total += j % 2 === 1 ? term : -term;
    if (term < 1e-16) break;
  }
  return Math.min(1, Math.max(0, 2 * total));
}

/** p-value of the χ² test that both histograms come from one distribution (Pearson 1900). */
export function chiSquareHomogeneity(before: readonly number[], now: readonly number[]): number {
  const [rows, rowsNow] = [sum(before), sum(now)];
  if (rows === 0 || rowsNow === 0) return 1;
  const smaller = Math.min(rows, rowsNow) / (rows + rowsNow);
  const cells = before.map((count, bin) => [count, now[bin] ?? 0] as const);
  const isLarge = ([a, b]: readonly [number, number]) => (a + b) * smaller >= FEWEST_EXPECTED;
  const rare = cells.filter((cell) => !isLarge(cell));
  const merged = [...cells.filter(isLarge), [sum(rare.map(([a]) => a)), sum(rare.map(([, b]) => b))] as const].filter(
    ([a, b]) => a + b > 0,
  );
  if (merged.length < 2) return 1;
  const statistic = sum(
    merged.map(([a, b]) => {
      const expected = ((a + b) * rows) / (rows + rowsNow);
      const expectedNow = a + b - expected;
      return (a - expected) ** 2 / expected + (b - expectedNow) ** 2 / expectedNow;
    }),
  );
  return chiSquareTail(statistic, merged.length - 1);
}
