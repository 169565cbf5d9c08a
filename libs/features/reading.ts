import type { Expected } from './coercion-sql.js';
import type { HistogramShape } from './histograms.js';

/** How a value is read, wherever it comes from. Serving, training and drift read alike. */
export interface Reading {
  /** What its JSON value is expected to be; whatever else comes is read all the same, only slower. */
  readonly expected: Expected;
  /** SQL twin of what is read, of a trimmed text: FLOAT for numbers, VARCHAR for categories; null is missing. */
  sql(text: string): string;
  /** The same of a value that is what is expected, where that is faster than by its text. */
  readonly expectedSql: ((value: string) => string) | null;
  /** What of a raw value is counted: a number, or the name of its bin. Null is missing. */
  counted(raw: unknown): number | string | null;
  /** What rows of such values look like, and how they are told from others. */
  readonly histogram: HistogramShape;
}
