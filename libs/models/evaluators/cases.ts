import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { contributions } from './contributions.js';
import type { Forest } from './forest.js';
import { parseLightgbmText } from './lightgbm/lightgbm-text.js';
import { ForestEvaluator } from './walks/forest-evaluator.js';
import { parseXgboostJson, parseXgboostUbjson } from './xgboost/xgboost-json.js';

const Case = z.object({
  name: z.string(),
  file: z.string(),
  format: z.enum(['xgboost-json', 'xgboost-ubj', 'lightgbm-text']),
  width: z.int(),
  classes: z.int(),
  rows: z.int(),
  matrix: z.base64(),
  probabilities: z.base64(),
  /** Of the first rows: rows × sums × (width + 1), the average last. */
  contributions: z.base64(),
});
export type Case = z.infer<typeof Case>;

/** `cases.json` of test/conformance/models/train.py: models of real libraries and what those make of some rows. */
const Cases = z.object({ versions: z.record(z.string(), z.string()), cases: z.array(Case) });

const PARSERS: Record<Case['format'], (bytes: Uint8Array) => Forest> = {
  'xgboost-json': parseXgboostJson,
  'xgboost-ubj': parseXgboostUbjson,
  'lightgbm-text': parseLightgbmText,
};

export async function readCases(folder: string): Promise<z.infer<typeof Cases>> {
  return Cases.parse(JSON.parse(await readFile(join(folder, 'cases.json'), 'utf8')));
}

export interface Difference {
  /** Largest absolute difference of any probability, by batch and row by row; NaN if one is not a number. */
  readonly batch: number;
  readonly single: number;
  readonly rows: number;
  /** Largest difference of a contribution, relative to 1 + its size; XGBoost computes them in float32. */
  readonly contributions: number;
}

/** How far our probabilities are from the library's. */
export async function compareCase(folder: string, one: Case): Promise<Difference> {
  const matrix = new Float32Array(copyOf(one.matrix));
  const expected = new Float64Array(copyOf(one.probabilities));
  const forest = PARSERS[one.format](await readFile(join(folder, one.file)));
  const names = Array.from({ length: one.classes }, (_, c) => String(c));
  const evaluator = new ForestEvaluator(forest, names);
  const row = new Float64Array(one.classes);
  const singly = new Float64Array(expected.length);
  for (let r = 0; r < one.rows; r++) {
    evaluator.predictRow(matrix, r * one.width, row);
    singly.set(row, r * one.classes);
  }
  return {
    batch: furthest(expected, evaluator.predict(matrix, one.rows)),
    single: furthest(expected, singly),
    rows: one.rows,
    contributions: compareContributions(forest, one, matrix),
  };
}

const FLOAT_MAX = 3.4028234663852886e38;

function compareContributions(forest: Forest, one: Case, matrix: Float32Array): number {
  const expected = new Float64Array(copyOf(one.contributions));
  const perRow = forest.groups * (one.width + 1);
  // XGBoost takes no infinities here, so the script gave it the largest float instead.
  const rows =
    one.format === 'lightgbm-text' ? matrix : matrix.map((v) => Math.max(-FLOAT_MAX, Math.min(FLOAT_MAX, v)));
  // LightGBM explains the sum of a random forest's trees, though it predicts their mean.
  const scale = forest.divisor;
  let worst = 0;
  for (let r = 0; r < expected.length / perRow; r++)
    contributions(forest, rows, r * one.width).forEach((value, i) => {
      const theirs = (expected[r * perRow + i] ?? Number.NaN) / scale;
      worst = Math.max(worst, Math.abs(value - theirs) / (1 + Math.abs(theirs)));
    });
  return worst;
}

function copyOf(base64: string): ArrayBuffer {
  return Uint8Array.from(Buffer.from(base64, 'base64')).buffer;
}

function furthest(expected: Float64Array, actual: Float64Array): number {
  if (expected.length !== actual.length) return Number.NaN;
  let worst = 0;
  for (let i = 0; i < expected.length; i++)
    worst = Math.max(worst, Math.abs((expected[i] ?? Number.NaN) - (actual[i] ?? Number.NaN)));
  return worst;
}
