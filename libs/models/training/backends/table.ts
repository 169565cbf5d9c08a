import type { Backend } from '#contracts/backends';
import type { BackendProgram } from './backend.js';
import { LIGHTGBM } from './lightgbm.js';
import { ML_RANDOM_FOREST } from './ml-random-forest.js';
import { ML_XGBOOST } from './ml-xgboost.js';
import { RANDOM_FOREST, XGBOOST } from './xgboost.js';

/** How each of the BACKENDS trains. */
export const TRAINING_BACKENDS: Readonly<Record<Backend, BackendProgram>> = {
  xgboost: XGBOOST,
  lightgbm: LIGHTGBM,
  'random-forest': RANDOM_FOREST,
  'ml-random-forest': ML_RANDOM_FOREST,
  'ml-xgboost': ML_XGBOOST,
};
