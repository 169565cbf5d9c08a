import type { Interval } from '#contracts/events/evaluation';
import { upperGamma } from './gamma.js';

/** P(Z ≤ z) for a standard normal Z. */
export function normalCdf(z: number): number {
  const tail = 0.5 * upperGamma(0.5, (z * z) / 2);
  return z > 0 ? 1 - tail : tail;
}

/** The z with P(Z ≤ z) = p, 0 < p < 1: Abramowitz & Stegun 26.2.23 as a start, then Newton's method. */
export function normalQuantile(p: number): number {
  if (!(p > 0 && p < 1)) throw new RangeError(`expected a probability between 0 and 1, got ${p}`);
  if (p > 0.5) return -normalQuantile(1 - p);
  const t = Math.sqrt(-2 * Math.log(p));
  let z = (2.515517 + 0.802853 * t + 0.010328 * t * t) / (1 + 1.432788 * t + 0.189269 * t * t + 0.001308 * t ** 3) - t;
  for (let i = 0; i < 4; i++) {
    const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
    z -= (normalCdf(z) - p) / density;
  }
  return z;
}

/** z such that a normal variable is within ±z with this confidence: 1.96 for 0.95. */
export function twoSidedQuantile(confidence: number): number {
  return normalQuantile(0.5 + confidence / 2);
}

/** Of Student's distribution with fewer degrees than this the expansion below is not accurate. */
const FEWEST_DEGREES = 3;

/**
 * The same of Student's distribution, by the expansion in 1/degrees (Abramowitz & Stegun 26.7.5): right to four digits from five
 * degrees on; fewer than three count as three.
 */
export function twoSidedStudentQuantile(confidence: number, degrees: number): number {
  const z = twoSidedQuantile(confidence);
  const n = Math.max(FEWEST_DEGREES, degrees);
  if (!Number.isFinite(n)) return z;
  const g1 = (z ** 3 + z) / 4;
  const g2 = (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96;
  const g3 = (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384;
  const g4 = (79 * z ** 9 + 776 * z ** 7 + 1482 * z ** 5 - 1920 * z ** 3 - 945 * z) / 92160;
  return z + g1 / n + g2 / n ** 2 + g3 / n ** 3 + g4 / n ** 4;
}

/**
 * Wilson's score interval of a share (Wilson 1927; recommended by Brown, Cai & DasGupta, "Interval estimation for a
 * binomial proportion", 2001): stays inside 0…1 and holds for few rows and shares near the ends.
 */
export function wilsonInterval(hits: number, rows: number, confidence: number): Interval {
  if (rows <= 0) return { low: 0, high: 1, confidence };
  const z = twoSidedQuantile(confidence);
  const share = hits / rows;
  const denominator = 1 + (z * z) / rows;
  const centre = (share + (z * z) / (2 * rows)) / denominator;
  const half = (z / denominator) * Math.sqrt((share * (1 - share)) / rows + (z * z) / (4 * rows * rows));
  return { low: Math.max(0, centre - half), high: Math.min(1, centre + half), confidence };
}
