import { seededRandom } from '#domain/statistics/random';
import { positionsFrom } from '#domain/training/window-choice';
import { type Window, windowWeights } from '#domain/training/windows';
import type { MatrixPart, TimedMatrix } from '../matrices.js';
import { LEAST } from '../tuning/tune.js';

/** What one window's model is trained on and stopped by. */
export interface WindowRows {
  readonly window: Window;
  readonly parts: Record<MatrixPart, TimedMatrix>;
  /** One per training row; null for equal weights. */
  readonly weights: Float32Array | null;
}

/**
 * The rows of a window. Where a backend has no weights of rows, the older ones are thinned instead: each stays with the chance that
 * its weight is, the same ones each time.
 */
export function rowsOf(
  window: Window,
  parts: Record<MatrixPart, TimedMatrix>,
  { weighs, seed }: { weighs: boolean; seed: number },
): WindowRows {
  const { from } = window;
  if (from !== null)
    return {
      window,
      parts: {
        train: takeRows(parts.train, positionsFrom(parts.train.times, from)),
        validation: takeRows(parts.validation, positionsFrom(parts.validation.times, from)),
      },
      weights: null,
    };
  const weights = windowWeights(window, parts.train.times);
  if (weights === null || weighs) return { window, parts, weights };
  const random = seededRandom(seed);
  const kept = [...weights.keys()].filter((row) => random() < (weights[row] ?? 0));
  return { window, parts: { ...parts, train: takeRows(parts.train, Int32Array.from(kept)) }, weights: null };
}

export function takeRows({ matrix, labels, times }: TimedMatrix, positions: Int32Array): TimedMatrix {
  const { columns } = matrix;
  const values = new Float32Array(positions.length * columns);
  positions.forEach((row, i) => {
    values.set(matrix.values.subarray(row * columns, (row + 1) * columns), i * columns);
  });
  return {
    matrix: { rows: positions.length, columns, values },
    labels: Float32Array.from(positions, (row) => labels[row] ?? Number.NaN),
    times: Float64Array.from(positions, (row) => times[row] ?? 0),
  };
}

/** −ln P(label) of each row. */
export function lossesOf(probabilities: Float64Array, labels: Float32Array, classes: number): Float64Array {
  return Float64Array.from(
    labels,
    (label, row) => -Math.log(Math.max(LEAST, probabilities[row * classes + label] ?? 0)),
  );
}
