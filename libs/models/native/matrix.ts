/** Encoded rows as training holds them: float32, one column after the other, NaN for missing. */
export interface ColumnMatrix {
  readonly rows: number;
  readonly columns: number;
  /** Column c of row r is values[c * rows + r]. */
  readonly values: Float32Array;
}

/** Makes a column matrix out of row-major values, as the compiled encoder writes them. */
export function fromRows(values: Float32Array, columns: number): ColumnMatrix {
  const rows = values.length / columns;
  const turned = new Float32Array(values.length);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++)
      turned[column * rows + row] = values[row * columns + column] ?? Number.NaN;
  return { rows, columns, values: turned };
}
