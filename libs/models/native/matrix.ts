/** Encoded rows as training holds them and as serving's evaluators take them: float32, row after row, NaN for missing. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  /** Column c of row r is values[r * columns + c]. */
  readonly values: Float32Array;
}
