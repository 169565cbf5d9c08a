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
 * Log-loss of always giving every class its share of the holdout, minus the model's. Above 0 the model knows something, also where it
 * never pays to guess the rare class and accuracy cannot show it.
 */
export function logLossGain(scored: Scored, confidence: number): LogLossGain {
  const { classes, truth } = scored;
  const seen = new Float64Array(classes.length);
  for (const actual of truth) if (actual >= 0) seen[actual] = (seen[actual] ?? 0) + 1;
  const base = seen.map((hits) => Math.log(Math.max(SMALLEST_PROBABILITY, hits / truth.length)));
  return gainOver((_, actual) => base[actual] ?? 0, scored, confidence);
}

/** Log-loss of the champion minus the challenger's, on the same rows. */
export function logLossDifference(
  { classes, truth, challenger, champion }: ComparedAnswers,
  confidence: number,
): LogLossGain {
  const theirs = (row: number, actual: number) => logOf(champion, row * classes.length + actual);
  return gainOver(theirs, { classes, truth, probabilities: challenger }, confidence);
}

interface ComparedAnswers extends Pick<Scored, 'classes' | 'truth'> {
  readonly challenger: Float64Array;
  readonly champion: Float64Array;
}

/** Mean of the rows' differences, with the normal interval of a paired mean. */
function gainOver(
  other: (row: number, actual: number) => number,
  { classes, truth, probabilities }: Scored,
  confidence: number,
): LogLossGain {
  const rows = truth.length;
  let sum = 0;
  let squares = 0;
  for (let row = 0; row < rows; row++) {
    const actual = truth[row] ?? -1;
    if (actual < 0) continue;
    const gain = logOf(probabilities, row * classes.length + actual) - other(row, actual);
    sum += gain;
    squares += gain * gain;
  }
  const value = sum / rows;
  const variance = Math.max(0, squares / rows - value * value);
  const half = twoSidedQuantile(confidence) * Math.sqrt(variance / rows);
  return { value, interval: { low: value - half, high: value + half, confidence } };
}

const logOf = (probabilities: Float64Array, at: number): number =>
  Math.log(Math.min(1, Math.max(SMALLEST_PROBABILITY, probabilities[at] ?? 0)));
