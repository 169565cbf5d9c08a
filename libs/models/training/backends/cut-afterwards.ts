import type { TreesFile } from '../../package/trees-json.js';
import type { LabelledMatrix } from '../matrices.js';
import { EarlyStopping } from './early-stopping.js';

type Tree = TreesFile['trees'][number];

/**
 * How many rounds early stopping would have kept, found after all of them were trained, for a library that cannot be
 * asked between rounds: the log-loss on `validation` after each round, watched with the same patience.
 */
export function bestRounds(model: TreesFile, { matrix, labels }: LabelledMatrix, patience: number): number {
  const groups = model.base.length;
  const rounds = model.trees.length / groups;
  const sums = Float64Array.from({ length: matrix.rows * groups }, (_, i) => model.base[i % groups] ?? 0);
  const stopping = new EarlyStopping(patience);
  for (let round = 0; round < rounds; round++) {
    for (const tree of model.trees.slice(round * groups, (round + 1) * groups)) addTree(tree, matrix, sums, groups);
    if (stopping.observe(round + 1, meanLoss(sums, labels, groups))) break;
  }
  return stopping.bestRounds;
}

function addTree(
  tree: Tree,
  { rows, columns, values }: LabelledMatrix['matrix'],
  sums: Float64Array,
  groups: number,
): void {
  for (let row = 0; row < rows; row++) {
    let at = tree.column.length === 0 ? ~0 : 0;
    while (at >= 0) {
      const value = values[row * columns + (tree.column[at] ?? 0)] ?? Number.NaN;
      const left = Number.isNaN(value) ? tree.missing_left[at] === 1 : value < (tree.threshold[at] ?? 0);
      at = (left ? tree.left[at] : tree.right[at]) ?? ~0;
    }
    const sum = row * groups + (tree.group ?? 0);
    sums[sum] = (sums[sum] ?? 0) + (tree.leaves[~at] ?? 0);
  }
}

/** Mean −ln P(label). One sum is the log-odds of the second class. */
function meanLoss(sums: Float64Array, labels: Float32Array, groups: number): number {
  let total = 0;
  labels.forEach((label, row) => {
    if (groups === 1) {
      const margin = sums[row] ?? 0;
      total += Math.log1p(Math.exp(label === 1 ? -margin : margin));
    } else {
      const own = sums.subarray(row * groups, (row + 1) * groups);
      const highest = Math.max(...own);
      total += highest + Math.log(own.reduce((sum, value) => sum + Math.exp(value - highest), 0)) - (own[label] ?? 0);
    }
  });
  return total / labels.length;
}
