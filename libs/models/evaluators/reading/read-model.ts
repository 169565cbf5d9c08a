import type { ImportFormat } from '#contracts/model-package';
import { readLightgbm } from '../lightgbm/lightgbm-text.js';
import { readXgboost } from '../xgboost/xgboost-json.js';
import { decodeJson } from './model-json.js';
import type { ModelReading, ReadOptions } from './model-reading.js';
import { readTrees } from './trees-json.js';
import { decodeUbjson } from './ubjson.js';

/** Reads a file that a training library saved. Throws ModelFormatError for what cannot be evaluated exactly. */
export function readModel(format: ImportFormat, bytes: Uint8Array, options: ReadOptions = {}): ModelReading {
  switch (format) {
    case 'xgboost-json':
      return readXgboost(decodeJson(bytes), options);
    case 'xgboost-ubj':
      return readXgboost(decodeUbjson(bytes), options);
    case 'lightgbm-text':
      return readLightgbm(bytes, options);
    case 'trees-json':
      return readTrees(bytes);
  }
}
