import type { Evaluator } from './evaluator.js';
import { CATEGORY_SET, COLUMN_MASK, type Forest, ZERO_IS_MISSING } from './forest.js';

/** LightGBM's kZeroThreshold, a float32. */
const ZERO_BOUND = Math.fround(1e-35);

/** Rows of a batch that go through a tree together, so that its nodes stay in the processor's cache. */
const BLOCK = 64;

/** Evaluates any forest; see `Forest` for how a row walks down. */
export class ForestEvaluator implements Evaluator {
  readonly width: number;
  private readonly thresholds: Float32Array;
  private readonly sums: Float64Array;

  constructor(
    readonly forest: Forest,
    readonly classes: readonly string[],
  ) {
    this.width = forest.width;
    this.thresholds = new Float32Array(forest.nodes.buffer, forest.nodes.byteOffset, forest.nodes.length);
    this.sums = new Float64Array(BLOCK * forest.groups);
  }

  predictRow(row: Float32Array, offset: number, out: Float64Array, outOffset = 0): void {
    this.sumBlock(row, offset, 1);
    this.link(0, out, outOffset);
  }

  predict(matrix: Float32Array, rows: number): Float64Array {
    const { classes } = this.forest;
    const out = new Float64Array(rows * classes);
    for (let first = 0; first < rows; first += BLOCK) {
      const count = Math.min(BLOCK, rows - first);
      this.sumBlock(matrix, first * this.width, count);
      for (let i = 0; i < count; i++) this.link(i, out, (first + i) * classes);
    }
    return out;
  }

  /** Leaves the sums of `count` ≤ BLOCK rows in `this.sums`. */
  private sumBlock(matrix: Float32Array, offset: number, count: number): void {
    const { roots, treeGroups, leaves, base, groups, single, plain } = this.forest;
    const { sums, width } = this;
    for (let i = 0; i < count; i++) for (let g = 0; g < groups; g++) sums[i * groups + g] = base[g] as number;
    const trees = roots.length;
    for (let t = 0; t < trees; t++) {
      const root = roots[t] as number;
      let sum = treeGroups[t] as number;
      for (let i = 0, at = offset; i < count; i++, at += width, sum += groups) {
        const leaf = plain ? this.walkPlain(root, matrix, at) : this.walk(root, matrix, at);
        const total = (sums[sum] as number) + (leaves[leaf] as number);
        sums[sum] = single ? Math.fround(total) : total;
      }
    }
  }

  private walkPlain(root: number, row: Float32Array, offset: number): number {
    const nodes = this.forest.nodes;
    const thresholds = this.thresholds;
    let node = root;
    while (node >= 0) {
      const at = node << 2;
      const word = nodes[at] as number;
      const value = row[offset + (word & COLUMN_MASK)] as number;
      const threshold = thresholds[at + 1] as number;
      // Both comparisons are false for NaN; the sign bit of the word says where NaN goes.
      const left = word < 0 ? !(value >= threshold) : value < threshold;
      node = nodes[left ? at + 2 : at + 3] as number;
    }
    return ~node;
  }

  private walk(root: number, row: Float32Array, offset: number): number {
    const nodes = this.forest.nodes;
    const thresholds = this.thresholds;
    let node = root;
    while (node >= 0) {
      const at = node << 2;
      const word = nodes[at] as number;
      const value = row[offset + (word & COLUMN_MASK)] as number;
      let left: boolean;
      if (Number.isNaN(value)) left = word < 0;
      else if (word & CATEGORY_SET) left = this.inSet(nodes[at + 1] as number, value);
      else if (word & ZERO_IS_MISSING && value >= -ZERO_BOUND && value <= ZERO_BOUND) left = word < 0;
      else left = value < (thresholds[at + 1] as number);
      node = nodes[left ? at + 2 : at + 3] as number;
    }
    return ~node;
  }

  private inSet(position: number, value: number): boolean {
    const sets = this.forest.sets;
    // Both libraries cut towards zero, but only LightGBM takes -0.5 for category 0. Infinities are no category.
    if (!(value < (sets[position] as number) * 32 && (this.forest.single ? value >= 0 : value > -1))) return false;
    const category = value | 0;
    return (((sets[position + 1 + (category >> 5)] as number) >>> (category & 31)) & 1) === 1;
  }

  private link(row: number, out: Float64Array, at: number): void {
    const { groups, classes, divisor, link } = this.forest;
    const sums = this.sums;
    const first = row * groups;
    if (groups === 1) {
      const sum = (sums[first] as number) / divisor;
      const p = link.kind === 'sigmoid' ? 1 / (1 + Math.exp(-link.scale * sum)) : sum;
      out[at] = 1 - p;
      out[at + 1] = p;
      return;
    }
    if (link.kind === 'softmax') {
      let highest = Number.NEGATIVE_INFINITY;
      for (let c = 0; c < classes; c++) highest = Math.max(highest, sums[first + c] as number);
      let total = 0;
      for (let c = 0; c < classes; c++) {
        const e = Math.exp(((sums[first + c] as number) - highest) / divisor);
        out[at + c] = e;
        total += e;
      }
      for (let c = 0; c < classes; c++) out[at + c] = (out[at + c] as number) / total;
      return;
    }
    for (let c = 0; c < classes; c++) {
      const sum = (sums[first + c] as number) / divisor;
      out[at + c] = link.kind === 'sigmoid-each' ? 1 / (1 + Math.exp(-link.scale * sum)) : sum;
    }
  }
}
