import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compareCase, readCases } from '../cases.js';
import { parseLightgbmText } from '../lightgbm/lightgbm-text.js';
import { float32Above, float32AtOrAbove } from '../reading/float32.js';
import { readTrees } from '../reading/trees-json.js';
import { parseXgboostJson, parseXgboostUbjson } from '../xgboost/xgboost-json.js';
import { ForestEvaluator } from './forest-evaluator.js';

const folder = join(import.meta.dirname, '../fixtures');
const { cases } = await readCases(folder);
const bytesOf = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const fixture = async (file: string): Promise<Record<string, unknown>> =>
  JSON.parse(await readFile(join(folder, file), 'utf8'));

describe('a model of a real library', () => {
  it.each(cases)('$file gives its probabilities', async (one) => {
    const { batch, single, rows, contributions } = await compareCase(folder, one);
    expect(rows).toBeGreaterThan(20);
    expect(batch).toBeLessThanOrEqual(1e-6);
    expect(single).toBeLessThanOrEqual(1e-6);
    expect(contributions).toBeLessThanOrEqual(1e-5);
  });
});

describe('a portable model', () => {
  const stump = { group: null, column: [1], threshold: [0.1], missing_left: [0], left: [-1], right: [-2] };
  const file = {
    format: 'ratchet-trees',
    format_version: 1,
    width: 2,
    classes: 3,
    base: [0, 0, 0],
    divisor: 2,
    link: { kind: 'identity' },
    precision: 'float64',
    trees: [
      { ...stump, leaves: [1, 0, 0, 0, 0.25, 0.75] },
      { ...stump, column: [], threshold: [], missing_left: [], left: [], right: [], leaves: [0, 1, 0] },
    ],
  };

  it('averages leaves that hold a value per class', () => {
    const evaluator = new ForestEvaluator(readTrees(bytesOf(file)).forest, ['a', 'b', 'c']);
    const rows = new Float32Array([9, 0, 9, 5, 9, Number.NaN]);
    expect([...evaluator.predict(rows, 3)]).toEqual([0.5, 0.5, 0, 0, 0.625, 0.375, 0, 0.625, 0.375]);
  });

  it('compares float32 values with float64 thresholds as the library did', () => {
    const evaluator = new ForestEvaluator(readTrees(bytesOf(file)).forest, ['a', 'b', 'c']);
    // float32 0.1 is above float64 0.1, and its predecessor below.
    expect(evaluator.predict(new Float32Array([0, 0.1]), 1)[0]).toBe(0);
    expect(evaluator.predict(new Float32Array([0, 0.09999999]), 1)[0]).toBe(0.5);
  });

  it.each([
    ['a child that is not there', { left: [7] }, 'trees[0]: names split 7 of 1'],
    ['a circle', { left: [0] }, 'trees[0]: its nodes form a circle'],
    ['a column that is not there', { column: [2] }, 'trees[0]: splits on column 2, expected 0 to 1'],
    ['a leaf that is not there', { right: [-4] }, 'trees[0]: names leaf 3'],
    ['a group that is not there', { group: 3 }, 'trees[0].group: expected a whole number from 0 to 2, got 3'],
    ['half a column', { threshold: [] }, 'trees[0].threshold: expected 1 entries, got 0'],
  ])('is refused with %s', (_, change, message) => {
    const [first] = file.trees;
    expect(() => readTrees(bytesOf({ ...file, trees: [{ ...first, ...change }] }))).toThrow(message);
  });
});

describe('a model that cannot be evaluated exactly is refused', () => {
  it.each([
    ['', 'not an XGBoost JSON model'],
    ['{"version":[3,2,0]}', 'model.learner: is missing'],
    ['[]', 'model: expected an object, got []'],
  ])('XGBoost %s', (text, message) => {
    expect(() => parseXgboostJson(new TextEncoder().encode(text))).toThrow(message);
  });

  it.each([
    ['binary:logistic', 'rank:ndcg', 'objective "rank:ndcg" does not give class probabilities'],
    ['"name":"gbtree"', '"name":"gblinear"', 'booster "gblinear" is not made of trees'],
    ['"size_leaf_vector":"1"', '"size_leaf_vector":"3"', 'trees[0]: its leaves hold vectors'],
    ['"num_feature":"8"', '"num_feature":"3"', 'splits on column'],
    ['"base_score":"[', '"base_score":"[nothing,', 'base_score is "[nothing,'],
    ['"tree_info":[0,', '"tree_info":[', 'model.learner.gradient_booster.model.tree_info: expected 3 entries, got 2'],
  ])('XGBoost with %s → %s', async (from, to, message) => {
    const text = await readFile(join(folder, 'xgb-binary.xgb.json'), 'utf8');
    expect(text).toContain(from);
    expect(() => parseXgboostJson(new TextEncoder().encode(text.replaceAll(from, to)))).toThrow(message);
  });

  it.each([
    ['end of trees', 'end', '"end of trees" is missing'],
    ['objective=binary', 'objective=regression', 'objective "regression" does not give class probabilities'],
    ['is_linear=0', 'is_linear=1', 'Tree=0: its leaves are linear models'],
    ['max_feature_idx=7', 'max_feature_idx=0', 'header: expected 1 words in feature_names, one per column, got 8'],
    ['split_feature=0', 'split_feature=8', 'Tree=0: splits on column 8, expected 0 to 7'],
    ['num_leaves=15', 'num_leaves=16', 'Tree=0: expected 16 numbers in leaf_value, got 15'],
    ['num_leaves=15', 'num_leaves=1x', 'Tree=0: num_leaves is "1x", expected a whole number'],
  ])('LightGBM with %s → %s', async (from, to, message) => {
    const text = await readFile(join(folder, 'lgbm-binary.lgbm.txt'), 'utf8');
    expect(text).toContain(from);
    expect(() => parseLightgbmText(new TextEncoder().encode(text.replaceAll(from, to)))).toThrow(message);
  });

  it('UBJSON that is cut off anywhere', async () => {
    const bytes = await readFile(join(folder, 'xgb-binary.xgb.ubj'));
    for (const length of [0, 1, 100, 5000, bytes.length - 1])
      expect(() => parseXgboostUbjson(bytes.subarray(0, length)), `${length} bytes`).toThrow('not a UBJSON document');
  });
});

it('reads the bare constants that XGBoost puts into statistics', async () => {
  const model = JSON.stringify(await fixture('xgb-binary.xgb.json'));
  const odd = model.replace(/"sum_hessian":\[[^,]+,/, '"sum_hessian":[NaN,');
  expect(odd).not.toBe(model);
  expect(parseXgboostJson(new TextEncoder().encode(odd)).nodes).toEqual(
    parseXgboostJson(new TextEncoder().encode(model)).nodes,
  );
});

describe('thresholds', () => {
  it.each([0, 1e-50, -1e-50, 0.1, -0.1, 1e300, -1e300, 3.4028234663852886e38, Number.NEGATIVE_INFINITY])(
    'of %d keep their order among float32 values',
    (value) => {
      const above = float32Above(value);
      const atOrAbove = float32AtOrAbove(value);
      expect(Math.fround(above)).toBe(above);
      expect(above).toBeGreaterThan(value);
      expect(atOrAbove).toBeGreaterThanOrEqual(value);
      expect(atOrAbove === value || atOrAbove === above).toBe(true);
    },
  );
});
