import type { Golden, Manifest } from '#contracts/model-package';
import { compileEncoder } from '#domain/encoding/encoder';
import type { Evaluator } from './evaluator.js';

/** This program does not make of a package's golden inputs what its training library made of them. */
export class GoldenMismatch extends Error {
  override readonly name = 'GoldenMismatch';
}

export interface GoldenResult {
  readonly cases: number;
  readonly max_abs_difference: number;
}

/**
 * Encodes and evaluates every golden case from its raw input and compares columns and probabilities. Throws
 * GoldenMismatch with the first case that differs by more than the package's tolerance, or if there are no cases.
 */
export function verifyGolden(manifest: Manifest, evaluator: Evaluator, golden: Golden): GoldenResult {
  if (golden.cases.length === 0)
    throw new GoldenMismatch('golden.json has no cases; without one nothing says that the model is read correctly');
  const encoder = compileEncoder(manifest);
  const row = new Float32Array(encoder.width);
  const out = new Float64Array(evaluator.classes.length);
  let furthest = 0;
  golden.cases.forEach((golden_case, index) => {
    const { input, action, probabilities } = golden_case;
    encoder.encode(input, row, 0);
    if (action !== null) encoder.encodeAction(action, row, 0);
    const column = differingColumn(row, golden_case.row);
    if (column !== null)
      throw new GoldenMismatch(
        `golden case ${index}: column ${manifest.columns[column] ?? column} is encoded as ${row[column]}, in training it was ${golden_case.row[column] ?? 'NaN'}`,
      );
    evaluator.predictRow(row, 0, out);
    if (probabilities.length !== out.length)
      throw new GoldenMismatch(
        `golden case ${index}: has ${probabilities.length} probabilities, the model ${out.length}`,
      );
    probabilities.forEach((expected, c) => {
      const difference = Math.abs((out[c] ?? Number.NaN) - expected);
      if (!(difference <= golden.tolerance))
        throw new GoldenMismatch(
          `golden case ${index}: probability of "${manifest.classes[c] ?? c}" is ${out[c]}, the training library gave ${expected}; they may differ by ${golden.tolerance}`,
        );
      furthest = Math.max(furthest, difference);
    });
  });
  return { cases: golden.cases.length, max_abs_difference: furthest };
}

function differingColumn(actual: Float32Array, expected: readonly (number | null)[]): number | null {
  if (actual.length !== expected.length) return Math.min(actual.length, expected.length);
  for (let i = 0; i < actual.length; i++) {
    const value = expected[i];
    if (!Object.is(actual[i], value === null || value === undefined ? Number.NaN : Math.fround(value) + 0)) return i;
  }
  return null;
}
