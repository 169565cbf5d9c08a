import type { Golden, Manifest } from '#contracts/model-package';
import { compileEncoder } from '#domain/encoding/encoder';
import { loadEvaluator } from '../evaluators/load.js';

/**
 * Encodes and evaluates every golden case as serving does; gives the largest absolute difference of a probability from
 * the recorded one, or infinity when a row is encoded differently. Throws ModelFormatError for an unreadable model.
 */
export function verifyGolden(manifest: Manifest, golden: Golden, files: ReadonlyMap<string, Uint8Array>): number {
  const encoder = compileEncoder(manifest);
  const evaluator = loadEvaluator(manifest, files);
  const row = new Float32Array(encoder.width);
  const out = new Float64Array(manifest.classes.length);
  let largest = 0;
  for (const { input, action, row: expected, probabilities } of golden.cases) {
    encoder.encode(input, row, 0);
    if (action !== null) encoder.encodeAction(action, row, 0);
    if (row.some((value, i) => !same(value, expected[i]))) return Number.POSITIVE_INFINITY;
    evaluator.predictRow(row, 0, out);
    for (const [i, probability] of probabilities.entries())
      largest = Math.max(largest, Math.abs(probability - (out[i] ?? Number.NaN)));
    if (Number.isNaN(largest)) return Number.POSITIVE_INFINITY;
  }
  return largest;
}

const same = (value: number, expected: number | null | undefined): boolean =>
  Number.isNaN(value) ? expected === null : value === expected;
