import type { Forest } from '../forest.js';

/** Texts behind the codes of categorical columns, as the training library kept them. */
export interface FileCategories {
  /** In the order of the columns that have them. */
  readonly lists: readonly (readonly string[])[];
  /** The column of each list; null where the file does not say. */
  readonly columns: readonly number[] | null;
}

/** All that is in a model file that somebody outside the evaluators needs. */
export interface ModelReading {
  readonly forest: Forest;
  /** Names of the columns it was trained with; null where it was trained without, as on a bare array. */
  readonly columns: readonly string[] | null;
  readonly categories: FileCategories | null;
  /** Boosting rounds that the file holds, that are in the forest, and that early stopping found best (null: the file does not say). */
  readonly rounds: { readonly held: number; readonly used: number; readonly best: number | null };
  /** The library's own prediction is the class, not its probability (XGBoost's multi:softmax). */
  readonly predictsLabels: boolean;
}

export interface ReadOptions {
  /** Rounds to use, from the first; "best" for those that early stopping found best; all if left out. */
  readonly rounds?: number | 'best';
}
