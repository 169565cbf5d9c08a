import { CATEGORY_SET, COLUMN_MASK, type Forest, ZERO_IS_MISSING } from '../forest.js';
import { ZERO_BOUND } from '../reading/float32.js';

/** Adds the leaves that `count` rows reach to their sums, for forests with category sets or zero as missing.
 * `thresholds` are the forest's nodes seen as float32. */
export function sumBranching(
  forest: Forest,
  thresholds: Float32Array,
  matrix: Float32Array,
  offset: number,
  count: number,
  sums: Float64Array,
): void {
  const { nodes, roots, treeGroups, leaves, groups, single, width } = forest;
  for (let t = 0; t < roots.length; t++) {
    let sum = treeGroups[t] ?? 0;
    for (let i = 0, row = offset; i < count; i++, row += width, sum += groups) {
      let node = roots[t] ?? 0;
      while (node >= 0) {
        const at = node << 2;
        const word = nodes[at] ?? 0;
        const value = matrix[row + (word & COLUMN_MASK)] ?? Number.NaN;
        let left: boolean;
        // The sign bit of the word says where a missing value goes.
        if (Number.isNaN(value)) left = word < 0;
        else if (word & CATEGORY_SET) left = inSet(forest, nodes[at + 1] ?? 0, value);
        else if (isZero(word, value)) left = word < 0;
        else left = value < (thresholds[at + 1] ?? 0);
        node = nodes[left ? at + 2 : at + 3] ?? 0;
      }
      const total = (sums[sum] ?? 0) + (leaves[~node] ?? 0);
      sums[sum] = single ? Math.fround(total) : total;
    }
  }
}

/** Whether a node's set holds a value. */
export function inSet({ sets, cutsBelowZero }: Forest, position: number, value: number): boolean {
  // Libraries cut towards zero, but only LightGBM takes -0.5 for category 0. Infinities are no category.
  if (!(value < (sets[position] ?? 0) * 32 && (cutsBelowZero ? value > -1 : value >= 0))) return false;
  const category = value | 0;
  return (((sets[position + 1 + (category >> 5)] ?? 0) >>> (category & 31)) & 1) === 1;
}

/** Whether a node takes a value for missing because it is zero. */
export function isZero(word: number, value: number): boolean {
  return (word & ZERO_IS_MISSING) !== 0 && value >= -ZERO_BOUND && value <= ZERO_BOUND;
}
