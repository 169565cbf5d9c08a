import { ModelFormatError } from './evaluator.js';
import { CATEGORY_SET, COLUMN_MASK, type Forest, WORDS_PER_NODE } from './forest.js';
import { inSet, isZero } from './walks/branching-walk.js';
import { keyOf } from './walks/ordered-keys.js';

/**
 * How much each column moved one row's sums away from the average: exact Shapley values of the trees, with the training
 * rows that passed each node standing in for what is unknown (Lundberg, Erion, Lee, "Consistent individualized feature
 * attribution for tree ensembles", 2018, algorithm 2; what `pred_contribs` gives in XGBoost and LightGBM).
 *
 * Gives groups × (width + 1) values; the last of each group is the average, and each group adds up to its sum (before
 * the link). Throws ModelFormatError if the model does not say how many rows passed its nodes.
 */
export function contributions(forest: Forest, row: Float32Array, offset: number): Float64Array {
  if (forest.nodeCover.some((cover) => !(cover > 0)))
    throw new ModelFormatError('the model file does not say how many training rows passed each node');
  return new Explanation(forest, row, offset).run();
}

/** One step of a path: the column, and the shares of the paths that stay open without and with knowing it. */
interface Step {
  column: number;
  zero: number;
  one: number;
  weight: number;
}

class Explanation {
  private readonly out: Float64Array;

  constructor(
    private readonly forest: Forest,
    private readonly row: Float32Array,
    private readonly offset: number,
  ) {
    this.out = new Float64Array(forest.groups * (forest.width + 1));
  }

  run(): Float64Array {
    const { roots, treeGroups, width, base, groups, divisor } = this.forest;
    for (let t = 0; t < roots.length; t++) {
      const start = (treeGroups[t] ?? 0) * (width + 1);
      const root = roots[t] ?? 0;
      this.add(start + width, this.average(root));
      if (root >= 0) this.descend(root, [], 1, 1, -1, start);
    }
    for (let i = 0; i < this.out.length; i++) this.out[i] = (this.out[i] ?? 0) / divisor;
    for (let g = 0; g < groups; g++) this.add(g * (width + 1) + width, base[g] ?? 0);
    return this.out;
  }

  private add(at: number, value: number): void {
    this.out[at] = (this.out[at] ?? 0) + value;
  }

  private coverOf(child: number): number {
    return (child >= 0 ? this.forest.nodeCover[child] : this.forest.leafCover[~child]) ?? 0;
  }

  /** Mean of the leaves below, weighted by the rows that reached them. */
  private average(node: number): number {
    if (node < 0) return this.forest.leaves[~node] ?? 0;
    const [left, right] = this.childrenOf(node);
    const [leftCover, rightCover] = [this.coverOf(left), this.coverOf(right)];
    const total = leftCover + rightCover;
    return total === 0 ? 0 : (this.average(left) * leftCover + this.average(right) * rightCover) / total;
  }

  private childrenOf(node: number): [number, number] {
    const at = node * WORDS_PER_NODE;
    return [this.forest.nodes[at + 2] ?? 0, this.forest.nodes[at + 3] ?? 0];
  }

  private descend(
    node: number,
    before: readonly Step[],
    zero: number,
    one: number,
    column: number,
    start: number,
  ): void {
    const path = extend(before, zero, one, column);
    if (node < 0) {
      const leaf = this.forest.leaves[~node] ?? 0;
      for (let i = 1; i < path.length; i++) {
        const step = path[i];
        if (step !== undefined) this.add(start + step.column, unwoundSum(path, i) * (step.one - step.zero) * leaf);
      }
      return;
    }
    const [left, right] = this.childrenOf(node);
    const split = this.columnOf(node);
    const [hot, cold] = this.goesLeft(node, split) ? [left, right] : [right, left];
    const cover = this.coverOf(node);
    let steps = path;
    let [zeroSoFar, oneSoFar] = [1, 1];
    // A column that was met before is taken out first, so that it counts once.
    const seen = path.findIndex((step, i) => i > 0 && step.column === split);
    if (seen > 0) {
      const step = path[seen];
      zeroSoFar = step?.zero ?? 1;
      oneSoFar = step?.one ?? 1;
      steps = unwound(path, seen);
    }
    this.descend(hot, steps, (zeroSoFar * this.coverOf(hot)) / cover, oneSoFar, split, start);
    this.descend(cold, steps, (zeroSoFar * this.coverOf(cold)) / cover, 0, split, start);
  }

  private columnOf(node: number): number {
    const { nodes, plain, width } = this.forest;
    const word = nodes[node * WORDS_PER_NODE] ?? 0;
    return plain ? word % width : word & COLUMN_MASK;
  }

  private goesLeft(node: number, column: number): boolean {
    const { nodes, plain, width } = this.forest;
    const word = nodes[node * WORDS_PER_NODE] ?? 0;
    const second = nodes[node * WORDS_PER_NODE + 1] ?? 0;
    const value = this.row[this.offset + column] ?? Number.NaN;
    const missingLeft = plain ? word >= width : word < 0;
    if (Number.isNaN(value)) return missingLeft;
    if (plain) return keyOf(value) < second;
    if (word & CATEGORY_SET) return inSet(this.forest, second, value);
    if (isZero(word, value)) return missingLeft;
    return keyOf(value) < keyOf(floatOf(second));
  }
}

const bits = new Int32Array(1);
const floats = new Float32Array(bits.buffer);

function floatOf(word: number): number {
  bits[0] = word;
  return floats[0] ?? Number.NaN;
}

/** EXTEND of the paper: the path with one more split on it. */
function extend(before: readonly Step[], zero: number, one: number, column: number): Step[] {
  const depth = before.length;
  const path = before.map((step) => ({ ...step }));
  path.push({ column, zero, one, weight: depth === 0 ? 1 : 0 });
  for (let i = depth - 1; i >= 0; i--) {
    const [step, next] = [path[i], path[i + 1]];
    if (step === undefined || next === undefined) continue;
    next.weight += (one * step.weight * (i + 1)) / (depth + 1);
    step.weight = (zero * step.weight * (depth - i)) / (depth + 1);
  }
  return path;
}

/** UNWIND of the paper: the path as if the i-th split were not on it. */
function unwound(full: readonly Step[], index: number): Step[] {
  const path = full.map((step) => ({ ...step }));
  const depth = path.length - 1;
  const { zero = 0, one = 0 } = path[index] ?? {};
  let next = path[depth]?.weight ?? 0;
  for (let i = depth - 1; i >= 0; i--) {
    const step = path[i];
    if (step === undefined) continue;
    if (one !== 0) {
      const weight = step.weight;
      step.weight = (next * (depth + 1)) / ((i + 1) * one);
      next = weight - (step.weight * zero * (depth - i)) / (depth + 1);
    } else step.weight = (step.weight * (depth + 1)) / (zero * (depth - i));
  }
  for (let i = index; i < depth; i++) {
    const [step, following] = [path[i], path[i + 1]];
    if (step !== undefined && following !== undefined)
      Object.assign(step, { column: following.column, zero: following.zero, one: following.one });
  }
  path.pop();
  return path;
}

/** Total weight of the unwound path, without building it. */
function unwoundSum(path: readonly Step[], index: number): number {
  const depth = path.length - 1;
  const { zero = 0, one = 0 } = path[index] ?? {};
  let next = path[depth]?.weight ?? 0;
  let total = 0;
  for (let i = depth - 1; i >= 0; i--) {
    const weight = path[i]?.weight ?? 0;
    if (one !== 0) {
      const part = (next * (depth + 1)) / ((i + 1) * one);
      total += part;
      next = weight - (part * zero * (depth - i)) / (depth + 1);
    } else if (zero !== 0) total += (weight * (depth + 1)) / (zero * (depth - i));
  }
  return total;
}
