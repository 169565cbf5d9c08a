import { type Backend, canTrain, type Grower } from '#contracts/backends';
import { TrainingFailure } from '../process/failure.js';
import type { TrainingBackend } from './backend.js';
import { TRAINING_BACKENDS } from './table.js';

/**
 * The backend; a native one with its library loaded from the given path. Throws NativeLibraryError when that fails, and
 * {@link TrainingFailure} when it needs a path and there is none.
 */
export function openBackend(backend: Backend, library: string | null): TrainingBackend {
  const { open } = TRAINING_BACKENDS[backend];
  if ('portable' in open) return open.portable();
  if (library !== null) return open.native(library);
  throw new TrainingFailure(
    'train',
    `The backend ${backend} needs a native library, and none was named.`,
    'Run "npm start" once, which fetches it, or train with ml-random-forest or ml-xgboost.',
  );
}

/** The backend of a run that trains. Throws {@link TrainingFailure} for trees that came in packed, which are there already. */
export function trainable(backend: Grower): Backend {
  if (canTrain(backend)) return backend;
  throw new TrainingFailure('train', `Nothing here trains "${backend}".`, 'Name a training backend instead.');
}

/** Whether rows may count differently. The portable libraries know no weights of rows. */
export const weighsRows = (backend: Grower): boolean =>
  canTrain(backend) && 'native' in TRAINING_BACKENDS[backend].open;
