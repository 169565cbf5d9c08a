import type { ModelFile } from '#contracts/model-package';
import { TrainingFailure } from '../failure.js';
import type { TrainingTask } from './backend.js';

export type PortableBackend = 'ml-random-forest' | 'ml-xgboost';

interface Limit {
  readonly rows: number;
  /** Rows × columns. */
  readonly cells: number;
  /** Why there is a limit. */
  readonly because: string;
}

/** Measured on two cores: at the limits a training takes about a minute. */
const LIMITS: Record<PortableBackend, Limit> = {
  'ml-random-forest': {
    rows: 2_000,
    cells: 200_000,
    because: 'its time grows with the square of the rows',
  },
  'ml-xgboost': {
    rows: 10_000,
    // It hands the matrix over on a WebAssembly stack of 5 MiB, four bytes a cell, and breaks when that overflows.
    cells: 1_000_000,
    because: 'it keeps everything in one small WebAssembly memory',
  },
};

/** Both portable back ends are stored in the format of this project. */
export const PORTABLE_MODEL: ModelFile = { format: 'trees-json', file: 'model.trees.json' };

/** Throws {@link TrainingFailure} when there is more data than a portable back end can take. */
export function requireSmall(backend: PortableBackend, { train: { matrix } }: TrainingTask): void {
  const { rows, cells, because } = LIMITS[backend];
  if (matrix.rows <= rows && matrix.rows * matrix.columns <= cells) return;
  const allowed = Math.min(rows, Math.floor(cells / matrix.columns));
  throw new TrainingFailure(
    'train',
    `${backend} takes at most ${allowed} training rows of ${matrix.columns} columns, because ${because}; there are ${matrix.rows}.`,
    'Train with xgboost, lightgbm or random-forest, which have no such limit; "npm start" fetches their libraries.',
  );
}

/** Said in the manifest and in the log of every run of a portable back end. */
export const portableWarning = (backend: PortableBackend): string =>
  `Trained by ${backend}, the portable stand-in for machines without a native library: for small data only, slower and less accurate than xgboost, lightgbm or random-forest.`;

/** The parameters that a portable back end understands, and a warning for each that it does not. */
export function understood(
  backend: PortableBackend,
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
