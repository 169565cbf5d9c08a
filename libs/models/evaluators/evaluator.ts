/**
 * Answers rows of one model. Rows are in the order of the manifest's `columns`, NaN where a value is missing;
 * probabilities are in the order of `classes`.
 */
export interface Evaluator {
  readonly classes: readonly string[];
  /** Columns of a row. */
  readonly width: number;
  /**
   * Evaluates the row that starts at `offset` of `row` and writes one probability per class to `out` (at `outOffset`,
   * by default 0). Allocates nothing.
   */
  predictRow(row: Float32Array, offset: number, out: Float64Array, outOffset?: number): void;
  /** Evaluates `rows` rows laid out one after the other; gives rows × classes probabilities, row by row. */
  predict(matrix: Float32Array, rows: number): Float64Array;
}

/** The model file is not one this program can evaluate exactly; the message says what is not supported or broken. */
export class ModelFormatError extends Error {
  override readonly name = 'ModelFormatError';
}
