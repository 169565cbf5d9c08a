import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '#domain/statistics/random';
import { type Case, readCases } from '../cases.js';
import type { Forest } from '../forest.js';
import { parseLightgbmText } from '../lightgbm/lightgbm-text.js';
import { parseXgboostJson, parseXgboostUbjson } from '../xgboost/xgboost-json.js';
import { ForestEvaluator } from './forest-evaluator.js';
import { perfectForest, type Setting } from './perfect-trees.js';
import { settingsEvaluator } from './settings-evaluator.js';

const folder = join(import.meta.dirname, '../fixtures');
const { cases } = await readCases(folder);

async function forestOf({ format, file }: Case): Promise<Forest> {
  const bytes = await readFile(join(folder, file));
  if (format === 'lightgbm-text') return parseLightgbmText(bytes);
  return format === 'xgboost-json' ? parseXgboostJson(bytes) : parseXgboostUbjson(bytes);
}

/** Every threshold and its neighbours, so that rows fall on either side of each; and what is no number at all. */
function valuesOf(forest: Forest, random: () => number): Float32Array {
  const perfect = perfectForest(forest, [new Map()]);
  const thresholds = perfect?.columns.flatMap((column) => [...column.thresholds]) ?? [0];
  const near = thresholds.flatMap((t) => [t, t + Math.abs(t) * 1e-7, t - Math.abs(t) * 1e-7, t + random() - 0.5]);
  return Float32Array.from([...near, Number.NaN, Number.NaN, 0, -0, 1, 1e30, -1e30, Infinity, -Infinity]);
}

describe.each(cases)('$file under settings', (one) => {
  it.each([
    ['of no column', [new Map()]],
    [
      'of its first two columns',
      [
        new Map([
          [0, 1],
          [1, 0],
        ]),
        new Map([
          [0, 0],
          [1, 1],
        ]),
        new Map([
          [0, -1e9],
          [1, 1e9],
        ]),
      ],
    ],
  ] satisfies [string, Setting[]][])('%s is what it is for rows with them written in', async (_, settings) => {
    const forest = await forestOf(one);
    const random = seededRandom(7);
    const values = valuesOf(forest, random);
    const rows = 333;
    const matrix = Float32Array.from(
      { length: rows * forest.width },
      () => values[Math.floor(random() * values.length)] ?? Number.NaN,
    );
    const found = settingsEvaluator(forest, settings).predict(matrix, rows);
    const evaluator = new ForestEvaluator(forest, []);
    const answer = new Float64Array(forest.classes);
    for (let row = 0; row < rows; row++)
      for (const [s, setting] of settings.entries()) {
        for (const [column, value] of setting) matrix[row * forest.width + column] = value;
        evaluator.predictRow(matrix, row * forest.width, answer);
        const at = (row * settings.length + s) * forest.classes;
        expect([...found.subarray(at, at + forest.classes)]).toEqual([...answer]);
      }
  });
});

it('most models are walked as perfect trees', async () => {
  const perfect = await Promise.all(cases.map(async (one) => perfectForest(await forestOf(one), [new Map()]) !== null));
  expect(perfect.filter(Boolean).length).toBeGreaterThan(cases.length / 2);
});

it('trees that are the same for several settings are walked once', async () => {
  const one = cases.find(({ file }) => file === 'xgb-binary.xgb.json');
  if (!one) throw new Error('the fixture is gone');
  const forest = await forestOf(one);
  const settings = [new Map(), new Map()];
  const perfect = perfectForest(forest, settings);
  expect(perfect?.trees).toHaveLength(forest.roots.length);
  expect(perfect?.trees.every(({ sums }) => sums.length === 2)).toBe(true);
});
