import type { Backend } from '#contracts/model-definition';
import type { NativeLibrary } from '../../native/locate.js';
import { TrainingFailure } from '../failure.js';
import type { TrainingBackend } from './backend.js';
import { LightGBMBackend } from './lightgbm.js';
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

/** The backend, with its library loaded from the given path. Throws NativeLibraryError when that fails. */
export function openBackend(backend: Backend, library: string | null): TrainingBackend {
  if (library !== null)
    switch (backend) {
      case 'xgboost':
        return XGBoostBackend.open(library, 'boosting');
      case 'random-forest':
        return XGBoostBackend.open(library, 'random-forest');
      case 'lightgbm':
        return LightGBMBackend.open(library);
    }
  throw new TrainingFailure(
    'train',
    `The back end ${backend} cannot be used here.`,
    'Choose xgboost, lightgbm or random-forest.',
  );
}
