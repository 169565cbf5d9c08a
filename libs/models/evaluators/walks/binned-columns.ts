/** How many cells of equal width a column's range is cut into, at most, to find a value among its thresholds. */
const MOST_CELLS = 1024;

/** A column that a forest compares with thresholds, and where its bins go in a row of them. */
export interface BinnedColumn {
  readonly column: number;
  /** Distinct float32 values, ascending. */
  readonly thresholds: Float32Array;
  /** Place of the bins for nodes that send a missing value left, and for those that send it right; -1 if there are none. */
  readonly left: number;
  readonly right: number;
}

/** No column of a forest that is binned has more thresholds. */
export const MOST_THRESHOLDS = 0xfffe;

/** Bins are signed, as vectors of them are compared fastest: the lowest one, which counts no threshold, and a threshold's number are this much less. */
export const NO_THRESHOLD = -0x8000;

/** The bin of a missing value, for nodes that send it right: above any other. */
export const MISSING_RIGHT = 0x7fff;

interface Finder {
  readonly binned: BinnedColumn;
  /** cells[c] thresholds are in cells before c; those of cell c are the only ones to compare a value in it with. */
  readonly cells: Uint16Array;
  readonly lowest: number;
  readonly perUnit: number;
}

/**
 * Replaces the values of some columns by the number of thresholds at or below them: all that a forest asks of a value, in
 * 16 bits. A value is below threshold r (from {@link NO_THRESHOLD}) exactly if its bin is at most r.
 */
export class Binner {
  private readonly finders: readonly Finder[];

  /** @param width columns of a row of the matrix; @param rows that are written at once, at most */
  constructor(
    columns: readonly BinnedColumn[],
    private readonly width: number,
    private readonly rows: number,
  ) {
    this.finders = columns.map(finderOf);
  }

  /** Writes the bins of `count` rows that start at `offset` of the matrix: those of all rows in one place, then those in the next. */
  write(matrix: Float32Array, offset: number, count: number, bins: Int16Array): void {
    const { width, rows } = this;
    for (const { binned, cells, lowest, perUnit } of this.finders) {
      const { thresholds, column } = binned;
      const left = binned.left * rows;
      const right = binned.right * rows;
      const last = cells.length - 2;
      for (let i = 0, from = offset + column; i < count; i++, from += width) {
        const value = matrix[from] ?? Number.NaN;
        if (Number.isNaN(value)) {
          if (left >= 0) bins[left + i] = NO_THRESHOLD;
          if (right >= 0) bins[right + i] = MISSING_RIGHT;
          continue;
        }
        const position = (value - lowest) * perUnit;
        const cell = position > 0 ? (position < last ? Math.floor(position) : last) : 0;
        let bin = cells[cell] ?? 0;
        let end = cells[cell + 1] ?? 0;
        while (bin < end) {
          const middle = (bin + end) >> 1;
          if (value < (thresholds[middle] ?? 0)) end = middle;
          else bin = middle + 1;
        }
        if (left >= 0) bins[left + i] = NO_THRESHOLD + bin;
        if (right >= 0) bins[right + i] = NO_THRESHOLD + bin;
      }
    }
  }
}

function finderOf(binned: BinnedColumn): Finder {
  const { thresholds } = binned;
  const lowest = thresholds[0] ?? 0;
  const range = (thresholds[thresholds.length - 1] ?? 0) - lowest;
  const wanted = thresholds.length < 2 ? 1 : Math.min(MOST_CELLS, thresholds.length * 4);
  const perUnit = (wanted - 1) / range;
  // Too narrow or too wide a range for numbers to cut it: then there is one cell, with all thresholds.
  const count = Number.isFinite(perUnit) && perUnit > 0 ? wanted : 1;
  const cells = new Uint16Array(count + 1);
  // The same sum as for a value, so that a threshold is never in a later cell than a value at or above it.
  for (const threshold of thresholds) {
    const cell = count === 1 ? 0 : Math.min(count - 1, Math.floor((threshold - lowest) * perUnit));
    cells[cell + 1] = (cells[cell + 1] ?? 0) + 1;
  }
  for (let c = 1; c <= count; c++) cells[c] = (cells[c] ?? 0) + (cells[c - 1] ?? 0);
  return { binned, cells, lowest, perUnit: count === 1 ? 0 : perUnit };
}
