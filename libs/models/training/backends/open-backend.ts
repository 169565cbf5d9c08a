import type { Backend } from '#contracts/model-definition';
import type { NativeLibrary } from '../../native/locate.js';
import { TrainingFailure } from '../failure.js';
import type { TrainingBackend } from './backend.js';
import { LightGBMBackend } from './lightgbm.js';
import { MlRandomForestBackend } from './ml-random-forest.js';
import { MlXgboostBackend } from './ml-xgboost.js';
import { XGBoostBackend } from './xgboost.js';

/** The C library a backend needs; null for the portable ones. */
export function libraryOf(backend: Backend): NativeLibrary | null {
  switch (backend) {
    case 'xgboost':
    case 'random-forest':
      return 'xgboost';
    case 'lightgbm':
      return 'lightgbm';
    case 'ml-random-forest':
    case 'ml-xgboost':
      return null;
  }
}

/**
 * The backend; a native one with its library loaded from the given path. Throws NativeLibraryError when that fails, and
 * {@link TrainingFailure} when it needs a path and there is none.
 */
export function openBackend(backend: Backend, library: string | null): TrainingBackend {
  if (backend === 'ml-random-forest') return new MlRandomForestBackend();
  if (backend === 'ml-xgboost') return new MlXgboostBackend();
  if (library === null)
    throw new TrainingFailure(
      'train',
      `The back end ${backend} needs a native library, and none was named.`,
      'Run "npm start" once, which fetches it, or train with ml-random-forest or ml-xgboost.',
    );
  switch (backend) {
    case 'xgboost':
      return XGBoostBackend.open(library, 'boosting');
    case 'random-forest':
      return XGBoostBackend.open(library, 'random-forest');
    case 'lightgbm':
      return LightGBMBackend.open(library);
  }
}
