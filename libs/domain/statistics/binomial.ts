import { logGamma } from './gamma.js';
import type { Random } from './random.js';

/** log(n choose k). */
export function logChoose(n: number, k: number): number {
  return logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1);
}

/** P(X ≤ k) for X binomial(n, 1/2), exact but for rounding: the terms shrink so fast that few are added. */
export function fairCoinTail(n: number, k: number): number {
  if (k < 0) return 0;
  if (k >= n) return 1;
  if (2 * k > n) return 1 - fairCoinTail(n, n - k - 1);
  let term = Math.exp(logChoose(n, k) - n * Math.LN2);
  let sum = 0;
  for (let i = k; i >= 0 && term > sum * 1e-17; i--) {
    sum += term;
    term *= i / (n - i + 1);
  }
  return Math.min(1, sum);
}

/**
 * One draw from binomial(n, p) in time that does not grow with n: transformed rejection (BTRS of Hörmann, "The
 * generation of binomial random variates", 1993), or counting successes by waiting times where fewer than ten are expected.
 */
export function drawBinomial(n: number, p: number, random: Random): number {
  if (n <= 0 || p <= 0) return 0;
  if (p >= 1) return n;
  if (p > 0.5) return n - drawBinomial(n, 1 - p, random);
  return n * p < 10 ? drawByWaiting(n, p, random) : drawByRejection(n, p, random);
}

/** Splits n draws over cells with the given weights (need not add up to 1), into `into`. */
export function drawMultinomial(n: number, weights: ArrayLike<number>, random: Random, into: Float64Array): void {
  let left = n;
  let weightLeft = 0;
  for (let i = 0; i < weights.length; i++) weightLeft += weights[i] ?? 0;
  for (let i = 0; i < weights.length; i++) {
    const weight = weights[i] ?? 0;
    const last = i === weights.length - 1 || weight >= weightLeft;
    const drawn = last ? (weight > 0 ? left : 0) : drawBinomial(left, weight / weightLeft, random);
    into[i] = drawn;
    left -= drawn;
    weightLeft -= weight;
  }
}

/** Gaps between successes are geometric. */
function drawByWaiting(n: number, p: number, random: Random): number {
  const rate = Math.log1p(-p);
  let position = 0;
  for (let successes = 0; ; successes++) {
    position += Math.floor(Math.log(1 - random()) / rate) + 1;
    if (position > n) return successes;
  }
}

function drawByRejection(n: number, p: number, random: Random): number {
  const deviation = Math.sqrt(n * p * (1 - p));
  const b = 1.15 + 2.53 * deviation;
  const a = -0.0873 + 0.0248 * b + 0.01 * p;
  const centre = n * p + 0.5;
  const quickAccept = 0.92 - 4.2 / b;
  const alpha = (2.83 + 5.1 / b) * deviation;
  const odds = Math.log(p / (1 - p));
  const mode = Math.floor((n + 1) * p);
  const atMode = logGamma(mode + 1) + logGamma(n - mode + 1);
  for (;;) {
    const u = random() - 0.5;
    const v = random();
    const edge = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / edge + b) * u + centre);
    if (edge >= 0.07 && v <= quickAccept) return k;
    if (k < 0 || k > n || edge <= 0) continue;
    const ratio = Math.log((v * alpha) / (a / (edge * edge) + b));
    if (ratio <= atMode - logGamma(k + 1) - logGamma(n - k + 1) + (k - mode) * odds) return k;
  }
}
