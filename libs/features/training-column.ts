/** A row of a small result. */
export type ResultRow = (string | number | boolean | null)[];

/** One feature in the training part of the rows, as far as a kind may ask: no other part may leak into what it fits. */
export interface TrainingColumn {
  readonly feature: string;
  /** Name of the model whose feature it is. */
  readonly model: string;
  /** SQL of the column: FLOAT for numbers and booleans, VARCHAR for categories; null is missing. */
  readonly column: string;
  /** SQL from `from` to `where`: the rows of the training part. */
  readonly from: string;
  rows(sql: string): Promise<ResultRow[]>;
  /** The first row. */
  row(sql: string): Promise<ResultRow>;
}

/** The training rows do not suit the feature; the message says why, the remedy what a person can do about it. */
export class UnsuitableRows extends Error {
  override readonly name = 'UnsuitableRows';

  constructor(
    message: string,
    readonly remedy: string,
  ) {
    super(message);
  }
}
