import type { ModelFile } from '#contracts/model-package';
import { Document } from './document.js';
import { sectionsOf } from './lightgbm-text.js';
import { documentOf } from './xgboost-json.js';

/** What LightGBM calls columns that were given no names. */
const NAMELESS = /^Column_\d+$/;

/**
 * Names of the columns that a model file was trained with, in their order; null where it was trained without, as on a
 * bare array. Throws ModelFormatError for what is no such file.
 */
export function columnNames(format: ModelFile['format'], bytes: Uint8Array): string[] | null {
  switch (format) {
    case 'xgboost-json':
      return unlessEmpty(Document.of(documentOf(bytes), 'model').object('learner').texts('feature_names'));
    case 'lightgbm-text': {
      const names = sectionsOf(new TextDecoder('utf-8').decode(bytes))[0]?.values.get('feature_names')?.trim() ?? '';
      const all = names === '' ? [] : names.split(' ');
      return unlessEmpty(all.every((name) => NAMELESS.test(name)) ? [] : all);
    }
    case 'trees-json':
      return null;
  }
}

const unlessEmpty = (names: string[]): string[] | null => (names.length === 0 ? null : names);

/**
 * A name as far as every library keeps it: LightGBM writes "_" for white space, XGBoost takes no brackets, pandas puts "_"
 * between a column and its category.
 */
export const foldedName = (name: string): string => name.replaceAll(/[^\p{L}\p{N}]+/gu, '_').replaceAll(/^_+|_+$/g, '');
