import type { Forest } from './forest.js';

/**
 * Turns the sums of one row into its probabilities, at out[at …].
 *
 * @param first where the row's sum for group 0 is; those of the other groups follow at every `stride`
 */
export function linkSums(
  { groups, classes, divisor, link }: Pick<Forest, 'groups' | 'classes' | 'divisor' | 'link'>,
  sums: Float64Array,
  first: number,
  stride: number,
  out: Float64Array,
  at: number,
): void {
  if (groups === 1) {
    const sum = (sums[first] ?? 0) / divisor;
    const p = link.kind === 'sigmoid' ? 1 / (1 + Math.exp(-link.scale * sum)) : share(sum);
    out[at] = 1 - p;
    out[at + 1] = p;
    return;
  }
  if (link.kind === 'softmax') {
    let highest = Number.NEGATIVE_INFINITY;
    for (let c = 0; c < classes; c++) highest = Math.max(highest, sums[first + c * stride] ?? 0);
    let total = 0;
    for (let c = 0; c < classes; c++) {
      const e = Math.exp(((sums[first + c * stride] ?? 0) - highest) / divisor);
      out[at + c] = e;
      total += e;
    }
    for (let c = 0; c < classes; c++) out[at + c] = (out[at + c] ?? 0) / total;
    return;
  }
  for (let c = 0; c < classes; c++) {
    const sum = (sums[first + c * stride] ?? 0) / divisor;
    out[at + c] = link.kind === 'sigmoid-each' ? 1 / (1 + Math.exp(-link.scale * sum)) : share(sum);
  }
}

/** Shares that were added up in single precision may come to 1.0000001, which is no probability. */
const share = (sum: number): number => Math.min(1, Math.max(0, sum));
