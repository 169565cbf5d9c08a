import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { foldedName, foldedNames } from './column-names.js';
import { readModel } from './read-model.js';

const NAMED = join(import.meta.dirname, '../../../../test/e2e/elsewhere/fixtures');
const NAMELESS = join(import.meta.dirname, '../fixtures');

describe('the names in a model file', () => {
  it.each([
    [NAMED, 'multi.json', 'xgboost-json', ['weight', 'sugar content', 'red', 'region']],
    [NAMED, 'binary.txt', 'lightgbm-text', ['weight', 'sugar_content', 'red', 'region']],
    [NAMELESS, 'xgb-binary.xgb.json', 'xgboost-json', null],
    [NAMELESS, 'lgbm-binary.lgbm.txt', 'lightgbm-text', null],
  ] as const)('are those it was trained with, if any: %s/%s', (folder, file, format, names) => {
    expect(readModel(format, readFileSync(join(folder, file))).columns).toEqual(names);
  });
});

it.each([
  ['sugar content', 'sugar_content'],
  ['site_type=blog', 'site_type_blog'],
  ['login=(missing)', 'login_missing'],
  ['Größe [cm]', 'Größe_cm'],
])('%s is %s to a library', (name, folded) => {
  expect(foldedName(name)).toBe(folded);
  expect(foldedName(folded)).toBe(folded);
});

it('keeps apart what folds alike', () => {
  expect(foldedNames(['x <1', 'x >1', 'y, z'])).toEqual(['x_<1', 'x_>1', 'y_z']);
});
