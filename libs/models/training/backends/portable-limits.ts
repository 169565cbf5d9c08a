import type { ModelFile } from '#contracts/model-package';
import { TrainingFailure } from '../process/failure.js';
import type { TrainingTask } from './backend.js';

/** Measured on two cores: at the limits a training takes about a minute. */
export interface Limit {
  readonly rows: number;
  /** Rows × columns. */
  readonly cells: number;
  /** Why there is a limit. */
  readonly because: string;
}

/** Both portable backends are stored in the format of this project. */
export const PORTABLE_MODEL: ModelFile = { format: 'trees-json', file: 'model.trees.json' };

/** Throws {@link TrainingFailure} when there is more data than a portable backend can take. */
export function requireSmall(
  backend: string,
  { rows, cells, because }: Limit,
  { train: { matrix } }: TrainingTask,
): void {
  if (matrix.rows <= rows && matrix.rows * matrix.columns <= cells) return;
  const allowed = Math.min(rows, Math.floor(cells / matrix.columns));
  throw new TrainingFailure(
    'train',
    `${backend} takes at most ${allowed} training rows of ${matrix.columns} columns, because ${because}; there are ${matrix.rows}.`,
    'Train with xgboost, lightgbm or random-forest, which have no such limit; "npm start" fetches their libraries.',
  );
}

/** Said in the manifest and in the log of every run of a portable backend. */
export const portableWarning = (backend: string): string =>
  `Trained by ${backend}, the portable stand-in for machines without a native library: for small data only, slower and less accurate than xgboost, lightgbm or random-forest.`;

/** The parameters that a portable backend understands, and a warning for each that it does not. */
export function understood(
  backend: string,
  given: ReadonlyMap<string, string>,
  known: ReadonlyMap<string, string>,
): { readonly parameters: Map<string, string>; readonly warnings: string[] } {
  const parameters = new Map<string, string>();
  const warnings: string[] = [];
  for (const [name, value] of given) {
    const own = known.get(name);
    if (own === undefined)
      warnings.push(`${backend} does not know the parameter ${name}; it knows ${[...known.keys()].join(', ')}.`);
    else parameters.set(own, value);
  }
  return { parameters, warnings };
}
