import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ImportFormat } from '#contracts/model-package';
import { ModelFormatError } from '../evaluator.js';
import { ForestEvaluator } from '../walks/forest-evaluator.js';
import { parseXgboostUbjson } from '../xgboost/xgboost-json.js';
import { readModel } from './read-model.js';

const folder = join(import.meta.dirname, '../fixtures');
const bytesOf = (file: string): Buffer => readFileSync(join(folder, file));
const textOf = (file: string): string => bytesOf(file).toString('utf8');

/** A file of real libraries with one text in it replaced. */
function changed(file: string, from: string | RegExp, to: string): Buffer {
  const text = textOf(file);
  const other = text.replace(from, to);
  expect(other).not.toBe(text);
  return Buffer.from(other);
}

/** Also that it takes no memory to speak of: what a file announces is not made before it is found in the file. */
function refusal(format: ImportFormat, bytes: Uint8Array): string {
  const before = process.memoryUsage();
  try {
    readModel(format, bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(ModelFormatError);
    const after = process.memoryUsage();
    expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(64 * 2 ** 20);
    return error instanceof Error ? error.message : '';
  }
  throw new Error('the file was accepted');
}

describe('an XGBoost file that takes its own library down', () => {
  it.each([
    ['goes round in a circle', /"left_children":\[1,/, '"left_children":[0,', /next to each other/],
    ['shares a branch', /"left_children":\[1,3,/, '"left_children":[1,1,', /next to each other|its parent/],
    ['names a node it has not', /"left_children":\[1,/, '"left_children":[900,', /next to each other/],
    [
      'has a parent that disowns its child',
      /"parents":\[2147483647,0,/,
      '"parents":[2147483647,2,',
      /calls 2 its parent/,
    ],
    ['has two trees of one id', /"id":1/, '"id":0', /trees\[1\]\.id: is 0 in place 1/],
    ['announces more trees', /"num_trees":"3"/, '"num_trees":"1000000000"', /holds 3 trees, expected 1000000000/],
    ['announces more nodes', /"num_nodes":"\d+"/, '"num_nodes":"2000000000"', /expected 2000000000 entries/],
    ['has half a node', /"split_type":\[0,/, '"split_type":[', /split_type: expected \d+ entries/],
    ['has a leaf that is no number', /("split_conditions":\[(?:[^\]]*,))[^,\]]+\]/, '$1NaN]', /has a leaf of NaN/],
  ])('%s', (_, from, to, message) => {
    expect(refusal('xgboost-json', changed('xgb-binary.xgb.json', from, to))).toMatch(message);
  });

  it('announces a thousand million classes', () => {
    const bytes = changed('xgb-multi.xgb.json', /"num_class":"4"/g, '"num_class":"1000000000"');
    expect(refusal('xgboost-json', bytes)).toMatch(/num_class: is 1000000000, expected 2 to 12, the number of trees/);
  });

  it.each([
    [/"categories_segments":\[0,\d+/, '"categories_segments":[0,0', /expected them at/],
    [/"categories_sizes":\[\d+/, '"categories_sizes":[1000000000', /are 1000000000 from 0/],
    [/"categories":\[\d+/, '"categories":[16777216', /category 16777216 is out of range/],
  ])('has category sets that overlap or do not end: %s', (from, to, message) => {
    expect(refusal('xgboost-json', changed('xgb-categorical.xgb.json', from, to))).toMatch(message);
  });

  it.each([
    ['{"a":1,"a":2}', /the field "a" twice at byte/],
    ['{"learner":{}', /at byte 13/],
    [`${'['.repeat(100_000)}`, /nested more than 64 deep at byte 64/],
    ['{"learner":nul}', /something that is no value at byte 11/],
  ])('is no JSON: %s', (text, message) => {
    expect(refusal('xgboost-json', Buffer.from(text))).toMatch(message);
  });

  it.each([
    ['a thousand million nulls', '[$Z#L\x00\x00\x00\x00\x3b\x9a\xca\x00', /type "Z", which no library writes/],
    [
      'a thousand million entries',
      '[#L\x00\x00\x00\x00\x3b\x9a\xca\x00',
      /announces 1000000000 entries and has 0 bytes left/,
    ],
    ['floats', '[$d#L\x00\x00\x00\x00\x3b\x9a\xca\x00', /announces 1000000000 entries/],
    ['a long text', 'SL\x00\x00\x00\x00\x3b\x9a\xca\x00', /ends in the middle of a text/],
    ['a deep list', '['.repeat(100_000), /nested more than 64 deep/],
    ['a field twice', '{i\x01aZi\x01aZ}', /the field "a" twice/],
  ])('announces %s in UBJSON', (_, text, message) => {
    expect(refusal('xgboost-ubj', Buffer.from(text, 'latin1'))).toMatch(message);
  });

  it('is of a version that nobody here has read', () => {
    const bytes = changed('xgb-binary.xgb.json', '"version":[3,2,0]', '"version":[3,99,0]');
    expect(refusal('xgboost-json', bytes)).toMatch(/saved by XGBoost 3\.99; this reader knows 1\.6 to 3\.4/);
  });

  it('has a field that may change what it predicts', () => {
    const bytes = changed('xgb-binary.xgb.json', '"tree_info"', '"tree_scale":[1,2,1],"tree_info"');
    expect(refusal('xgboost-json', bytes)).toMatch(/model\.tree_scale: is no field that this reader knows/);
  });
});

describe('a LightGBM file that takes its own library down', () => {
  const whole = bytesOf('lgbm-binary.lgbm.txt');

  it('is cut off anywhere', () => {
    for (let length = 0; length < whole.length - 60; length += 97)
      expect(refusal('lightgbm-text', whole.subarray(0, length)), `${length} bytes`).toMatch(/cut off|cut or changed/);
  });

  it.each([
    ['num_tree_per_iteration=1', 'num_tree_per_iteration=1000000000', /holds 3 trees, expected a multiple/],
    ['max_feature_idx=7', 'max_feature_idx=999999999', /expected 1000000000 words in feature_names/],
    [/\ntree_sizes=\d+/, '\ntree_sizes=1', /Tree=0 has 1 bytes/],
    ['version=v4', 'version=v9', /format "v9"; this reader knows v2, v3, v4/],
    ['objective=binary sigmoid:1', 'objective=binary sigmoid:1 scale:2', /option "scale:2"/],
    ['num_class=1', 'num_class=2', /num_class is 2/],
    ['label_index=0', 'label_indices=0', /"label_indices", which this reader does not know/],
  ])('says %s', (from, to, message) => {
    expect(refusal('lightgbm-text', changed('lgbm-binary.lgbm.txt', from, to))).toMatch(message);
  });

  it.each([
    ['goes round in a circle', 'left_child=', 'left_child=0 ', /circle|numbers in left_child/],
    ['has a child that is not there', /(\nleft_child=)\d/, '$19', /circle|names|lead/],
    ['has sets that overlap', /cat_boundaries=0 3 6/, 'cat_boundaries=0 3 3', /cat_boundaries do not rise/],
    [
      'has a set that does not end',
      /cat_boundaries=0 3 6 9/,
      'cat_boundaries=0 3 6 8',
      /expected 8 numbers in cat_threshold/,
    ],
  ])('%s', (_, from, to, message) => {
    // The places of trees stay what tree_sizes says.
    const bytes = changed('lgbm-categorical.lgbm.txt', from, to)
      .toString()
      .replace(/\ntree_sizes=.*/, '');
    expect(refusal('lightgbm-text', Buffer.from(bytes))).toMatch(message);
  });
});

describe('what looks odd and is right', () => {
  const row = new Float32Array([0.1, -2, 3, 1, 1e6, 0, 3, 40]);
  const answerOf = (format: ImportFormat, bytes: Uint8Array): number | undefined =>
    new ForestEvaluator(readModel(format, bytes).forest, []).predict(row, 1)[0];

  it('a column called ,NaN, and constants that are none', () => {
    const named = changed(
      'xgb-binary.xgb.json',
      '"feature_names":[]',
      '"feature_names":["a,NaN,b","[Infinity]","c","d","e","f","g","h"]',
    );
    expect(readModel('xgboost-json', named).columns?.slice(0, 2)).toEqual(['a,NaN,b', '[Infinity]']);
    expect(answerOf('xgboost-json', named)).toBe(answerOf('xgboost-json', bytesOf('xgb-binary.xgb.json')));
  });

  it('lines that end as on Windows', () => {
    const text = textOf('lgbm-binary.lgbm.txt').replaceAll('\n', '\r\n');
    expect(answerOf('lightgbm-text', Buffer.from(text))).toBe(
      answerOf('lightgbm-text', bytesOf('lgbm-binary.lgbm.txt')),
    );
  });

  it('no count of rows, which only explanations need', () => {
    const text = textOf('lgbm-single-leaf.lgbm.txt')
      .replaceAll(/\nleaf_count=.*/g, '\nleaf_count=')
      .replace(/\ntree_sizes=.*/, '');
    expect(answerOf('lightgbm-text', Buffer.from(text))).toBe(
      answerOf('lightgbm-text', bytesOf('lgbm-single-leaf.lgbm.txt')),
    );
  });

  it('keys in another order', () => {
    const model: Record<string, unknown> = JSON.parse(textOf('xgb-binary.xgb.json'));
    const turned = Buffer.from(JSON.stringify(Object.fromEntries(Object.entries(model).reverse())));
    expect(answerOf('xgboost-json', turned)).toBe(answerOf('xgboost-json', bytesOf('xgb-binary.xgb.json')));
  });

  it('UBJSON says what JSON says', () => {
    const forest = parseXgboostUbjson(bytesOf('xgb-binary.xgb.ubj'));
    expect(new ForestEvaluator(forest, []).predict(row, 1)[0]).toBe(
      answerOf('xgboost-json', bytesOf('xgb-binary.xgb.json')),
    );
  });
});
