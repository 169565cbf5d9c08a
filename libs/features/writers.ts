import type { ChunkWriter, Numbers, RowWriter } from './encoding.js';

/** What becomes of a missing number. */
export interface Missing {
  /** What stands in its place; null leaves it to the trees, as NaN. */
  readonly fill: number | null;
  /** Adds a column that is 1 where the number was missing. */
  readonly indicator: boolean;
}

const numberAt = (numbers: Numbers, row: number): number => numbers.getItem(row) ?? Number.NaN;

const orNaN = (sql: string): string => `coalesce(${sql}, 'NaN'::float)`;

export const numberColumns = (feature: string, { indicator }: Missing): string[] =>
  indicator ? [feature, `${feature}=(missing)`] : [feature];

export function numberRow(read: (raw: unknown) => number | null, { fill, indicator }: Missing): RowWriter {
  const missing = fill ?? Number.NaN;
  return (raw, out, at) => {
    const number = read(raw);
    out[at] = number ?? missing;
    if (indicator) out[at + 1] = number === null ? 1 : 0;
  };
}

export function numberChunk(sql: string, { fill, indicator }: Missing): ChunkWriter {
  const missing = fill ?? Number.NaN;
  return {
    sql: orNaN(sql),
    spread: { as: 'number', fill, indicator },
    write(numbers, { values, columns, from }) {
      for (let row = 0; row < numbers.itemCount; row++) {
        const value = numberAt(numbers, row);
        const isMissing = Number.isNaN(value);
        const to = from + row * columns;
        values[to] = isMissing ? missing : value;
        if (indicator && isMissing) values[to + 1] = 1;
      }
    },
  };
}

/** @param sql of the position of the column that is 1 */
export const oneHotChunk = (sql: string): ChunkWriter => ({
  sql: `${sql}::float`,
  spread: { as: 'one-hot' },
  write(numbers, { values, columns, from }) {
    for (let row = 0; row < numbers.itemCount; row++) values[from + row * columns + numberAt(numbers, row)] = 1;
  },
});
