import type { Interval } from '#contracts/events/evaluation';
import { twoSidedQuantile } from '../statistics/normal.js';
import type { Scored } from './scored.js';

/** Probabilities below this count as this, as one sure mistake would make the loss infinite. */
const SMALLEST_PROBABILITY = 1e-15;

/** How much better than knowing the base rates alone a model foresees outcomes, in nats a row; with its interval. */
export interface LogLossGain {
  readonly value: number;
  readonly interval: Interval;
}

/**
 * Log-loss of always giving every class its share of the holdout, minus the model's: mean of the rows' differences, with the
 * normal interval of a paired mean. Above 0 the model knows something, also where it never pays to guess the rare
 * class and accuracy cannot show it.
 */
export function logLossGain({ classes, truth, probabilities }: Scored, confidence: number): LogLossGain {
  const count = classes.length;
  const rows = truth.length;
  const seen = new Float64Array(count);
  for (const actual of truth) if (actual >= 0) seen[actual] = (seen[actual] ?? 0) + 1;
  const base = seen.map((hits) => Math.log(Math.max(SMALLEST_PROBABILITY, hits / rows)));
  let sum = 0;
  let squares = 0;
  for (let row = 0; row < rows; row++) {
    const actual = truth[row] ?? -1;
    if (actual < 0) continue;
    const given = Math.min(1, Math.max(SMALLEST_PROBABILITY, probabilities[row * count + actual] ?? 0));
    const gain = Math.log(given) - (base[actual] ?? 0);
    sum += gain;
    squares += gain * gain;
  }
  const value = sum / rows;
  const variance = Math.max(0, squares / rows - value * value);
  const half = twoSidedQuantile(confidence) * Math.sqrt(variance / rows);
  return { value, interval: { low: value - half, high: value + half, confidence } };
}
