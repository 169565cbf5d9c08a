/** A model's answers for some rows: `probabilities` holds one row after the other, a column per class. */
export interface Scored {
  readonly classes: readonly string[];
  /** Index of the true class of each row; -1 where the truth is a class this model does not know (always wrong). */
  readonly truth: Int32Array;
  readonly probabilities: Float64Array;
}
