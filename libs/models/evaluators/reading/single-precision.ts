import { ModelFormatError } from '../evaluator.js';
import { float32Above } from './float32.js';

/** Where whole numbers begin that float32 does not have. */
const LARGEST_WHOLE = 2 ** 24;
/** Of a column's range: with steps of float32 wider than this, values on both sides of a threshold become one too often. */
const COARSEST = 1e-5;

/**
 * Rows are float32 here, and LightGBM compares in float64. On data of float32 that is the same, and so it is on any whose
 * values float32 tells apart. Refuses a model whose column has values that it does not: two thresholds with no float32
 * between them, or values (the ends of the column's range are two) that are not float32 among thresholds so large that
 * neighbours fall together, such as seconds since 1970.
 *
 * @param thresholds of the numeric splits, by column
 * @param infos `feature_infos`, "[lowest:highest]" for a numeric column
 */
export function requireSinglePrecision(
  thresholds: ReadonlyMap<number, ReadonlySet<number>>,
  names: readonly string[],
  infos: readonly string[],
): void {
  for (const [column, all] of thresholds) {
    const refuse = (what: string): ModelFormatError =>
      new ModelFormatError(
        `column "${names[column] ?? column}" ${what}; Ratchet keeps values in single precision. Train on smaller numbers: subtract an offset, or count hours instead of seconds`,
      );
    const sorted = Float64Array.from(all).sort();
    for (let i = 1; i < sorted.length; i++) {
      const [low = 0, high = 0] = [sorted[i - 1], sorted[i]];
      if (float32Above(low) === float32Above(high) && Math.abs(high) < 1e300)
        throw refuse(`has the thresholds ${low} and ${high}, which are one in single precision`);
    }
    const range = rangeOf(infos[column] ?? '');
    if (range === null || range.every((end) => Math.fround(end) === end)) continue;
    const widest = Math.max(...sorted.map((threshold) => (Math.abs(threshold) < 1e300 ? stepAt(threshold) : 0)));
    if (widest >= stepAt(LARGEST_WHOLE) || widest > COARSEST * (range[1] - range[0]))
      throw refuse(
        `takes values from ${range[0]} to ${range[1]} in double precision, of which single precision does not tell those apart that are closer than ${widest}`,
      );
  }
}

function rangeOf(info: string): [number, number] | null {
  const found = /^\[([^:\]]+):([^:\]]+)\]$/.exec(info);
  return found === null ? null : [Number(found[1]), Number(found[2])];
}

/** How far the next float32 is. */
const stepAt = (value: number): number => {
  const size = Math.fround(Math.abs(value));
  return float32Above(size) - size;
};
