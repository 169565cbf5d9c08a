import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '#domain/statistics/random';
import { ModelFormatError } from '../evaluator.js';
import { ForestEvaluator } from '../walks/forest-evaluator.js';
import { mutate } from './mutations.fixture.js';
import { readTrees } from './trees-json.js';
import { outcomeOf, readVersionFile, type VersionCase } from './version-cases.js';

/** What ratchet-model made of scikit-learn's, CatBoost's and ONNX's models; test/conformance/models/packed.py writes it. */
const folder = join(import.meta.dirname, '../fixtures/packed');
const files = readdirSync(folder);
const SEED = Number(process.env.RATCHET_SEED ?? 29);

const contentOf = (one: VersionCase): Buffer => Buffer.from(one.content ?? '', 'base64');

function answersOf(one: VersionCase, bytes: Uint8Array): Float64Array {
  const { forest } = readTrees(bytes);
  if (forest.width !== one.width) throw new ModelFormatError('another width');
  const values = new Float32Array(Uint8Array.from(Buffer.from(one.matrix ?? '', 'base64')).buffer);
  return new ForestEvaluator(forest, []).predict(values, one.rows ?? 0);
}

describe.each(files)('packed models of %s', (file) => {
  it('are answered as their library does', async () => {
    const { cases } = await readVersionFile(join(folder, file));
    expect(cases.length).toBeGreaterThanOrEqual(10);
    for (const one of cases) {
      expect(one.rows, one.kind).toBeGreaterThanOrEqual(20);
      const outcome = await outcomeOf(one);
      expect('difference' in outcome ? outcome.difference : outcome.refused, one.kind).toBeLessThanOrEqual(1e-6);
    }
  });

  it(`are refused with a field or tree changed, or answer as before (seed ${SEED})`, async () => {
    const { cases } = await readVersionFile(join(folder, file));
    const random = seededRandom(SEED);
    const outcomes = { refused: 0, same: 0 };
    for (let i = 0; i < 300; i++) {
      const one = cases[i % cases.length];
      if (one === undefined) throw new Error('no models');
      const { what, bytes } = mutate('trees-json', contentOf(one), random);
      try {
        const [before, after] = [answersOf(one, contentOf(one)), answersOf(one, bytes)];
        // Trees that changed places are added up in another order.
        for (let k = 0; k < before.length; k++)
          expect(Math.abs((before[k] ?? 0) - (after[k] ?? Number.NaN)), `${one.kind}, ${what}`).toBeLessThan(1e-6);
        outcomes.same++;
      } catch (error) {
        if (!(error instanceof ModelFormatError)) throw error;
        outcomes.refused++;
      }
    }
    expect(outcomes.refused).toBeGreaterThan(100);
    expect(outcomes.same).toBeGreaterThan(20);
  });
});

describe('a packed file that cannot be', () => {
  const stump = {
    group: 0,
    column: [1],
    threshold: [0.5],
    missing_left: [1],
    left: [-1],
    right: [-2],
    leaves: [0.25, 0.75],
  };
  const file = {
    format: 'ratchet-trees',
    format_version: 2,
    width: 2,
    classes: 2,
    base: [0],
    divisor: 1,
    link: { kind: 'identity' },
    precision: 'float64',
    comparison: '<=',
    values: 'float32',
    tree_count: 1,
    trees: [stump],
  };
  const read = (changes: object, tree: object = {}) =>
    readTrees(Buffer.from(JSON.stringify({ ...file, trees: [{ ...stump, ...tree }], ...changes })));
  const ask = (tree: object, values: readonly number[], changes: object = {}): number | undefined =>
    new ForestEvaluator(read(changes, tree).forest, ['a', 'b']).predict(Float32Array.from([9, ...values]), 1)[1];

  it('answers before anything is changed: what equals a threshold goes left, what is missing where it says', () => {
    expect([0.5, 0.50001, Number.NaN].map((value) => ask({}, [value]))).toEqual([0.25, 0.75, 0.25]);
    expect(ask({ threshold: [0.5] }, [0.5], { comparison: '<' })).toBe(0.75);
    const everything = JSON.stringify({ ...file, trees: [stump] }).replace('[0.5]', '[Infinity]');
    const evaluator = new ForestEvaluator(readTrees(Buffer.from(everything)).forest, ['a', 'b']);
    expect(
      [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1, Number.NaN].map(
        (value) => evaluator.predict(Float32Array.from([9, value]), 1)[1],
      ),
    ).toEqual([0.25, 0.25, 0.25, 0.25]);
  });

  it('never answers more than 1 or less than 0, whatever rounding makes of shares', () => {
    const halves = { ...stump, leaves: [1.0000001, -1e-7] };
    const three = { ...stump, group: null, leaves: [1.0000001, -1e-7, 0, 0, 0.5, 0.5] };
    expect([ask(halves, [0]), ask(halves, [1])]).toEqual([1, 0]);
    const file3 = { ...file, classes: 3, base: [0, 0, 0], trees: [three] };
    const { forest } = readTrees(Buffer.from(JSON.stringify(file3)));
    expect([...new ForestEvaluator(forest, ['a', 'b', 'c']).predict(Float32Array.from([9, 0]), 1)]).toEqual([1, 0, 0]);
  });

  it('sends categories of a set left, and no fraction below 0 among them', () => {
    const tree = { threshold: [0], missing_left: [0], set: [0], sets: [[0, 2, 33]] };
    expect([0, 2, 33, 2.5].map((value) => ask(tree, [value]))).toEqual([0.25, 0.25, 0.25, 0.25]);
    expect([-0.5, 1, 34, -1, 1e9, Number.POSITIVE_INFINITY, Number.NaN].map((value) => ask(tree, [value]))).toEqual(
      new Array(7).fill(0.75),
    );
  });

  it.each<[string, object, object, RegExp]>([
    ['a field that nobody knows', { shrinkage: 0.1 }, {}, /Unrecognized key/],
    [
      'a field of a tree that nobody knows',
      {},
      { weight: 2 },
      /trees\[0\]\.weight: is no field that this reader knows/,
    ],
    ['another version', { format_version: 3 }, {}, /format_version/],
    ['another comparison', { comparison: '>' }, {}, /comparison/],
    ['a million classes', { classes: 1_000_000 }, {}, /base has 1 sums/],
    ['a sum for each and one sigmoid', { base: [0, 0], link: { kind: 'sigmoid', scale: 1 } }, {}, /does not fit/],
    ['more trees announced', { tree_count: 2 }, {}, /holds 1 trees, and announces 2/],
    ['no trees', { trees: [], tree_count: 1 }, {}, /holds no trees/],
    ['fewer names than columns', { columns: ['a'] }, {}, /names 1 columns, and its width is 2/],
    ['a circle', {}, { left: [0] }, /form a circle/],
    ['a child that is half a node', {}, { left: [0.5] }, /trees\[0\]\.left\[0\]: is 0\.5/],
    ['a leaf too many', {}, { leaves: [1, 2, 3] }, /leaves: expected 2 entries, got 3/],
    ['a leaf that is reached twice', {}, { right: [-1] }, /two splits lead to leaf 0/],
    ['a direction that is none', {}, { missing_left: [2] }, /expected 0 or 1/],
    ['a column beyond the last', {}, { column: [2] }, /splits on column 2, expected 0 to 1/],
    ['a set that is not there', {}, { set: [1], sets: [[1]] }, /names set 1 of 1/],
    ['sets that no split names', {}, { sets: [[1]] }, /trees\[0\]\.set: expected a list of numbers/],
    ['a category that would take a gigabyte', {}, { set: [0], sets: [[2 ** 33]] }, /whole numbers from 0 to 65535/],
    ['a category below 0', {}, { set: [0], sets: [[-1]] }, /whole numbers from 0 to 65535/],
    ['covers of other nodes', {}, { cover: [1, 2] }, /cover: expected 1 entries/],
  ])('with %s is refused', (_, changes, tree, message) => {
    expect(() => read(changes, tree)).toThrow(ModelFormatError);
    expect(() => read(changes, tree)).toThrow(message);
  });

  it('of float64 values is refused where single precision makes two thresholds one', () => {
    const epoch = {
      column: [1, 1],
      threshold: [1.7e9 + 1, 1.7e9],
      missing_left: [0, 0],
      left: [1, -1],
      right: [-3, -2],
      leaves: [0, 0.5, 1],
    };
    expect(() => read({ values: 'float64', columns: ['x', 'at'] }, epoch)).toThrow(
      /column "at" has the thresholds .* one in single precision.*subtract an offset/,
    );
    expect(read({ values: 'float32' }, epoch).rounds.held).toBe(1);
  });
});
