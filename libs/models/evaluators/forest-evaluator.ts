import { sumBranching } from './branching-walk.js';
import type { Evaluator } from './evaluator.js';
import type { Forest } from './forest.js';
import { writeKeys } from './ordered-keys.js';
import { sumPlain } from './plain-walk.js';

/** Rows of a batch that go through a tree together, so that its nodes stay in the processor's cache. */
const BLOCK = 64;

/** Evaluates any forest; see `Forest` for how a row walks down. */
export class ForestEvaluator implements Evaluator {
  readonly width: number;
  private readonly sums: Float64Array;
  private readonly keys: Int32Array;
  private readonly thresholds: Float32Array;

  constructor(
    readonly forest: Forest,
    readonly classes: readonly string[],
  ) {
    this.width = forest.width;
    this.sums = new Float64Array(BLOCK * forest.groups);
    this.thresholds = new Float32Array(forest.nodes.buffer, forest.nodes.byteOffset, forest.nodes.length);
    this.keys = new Int32Array(forest.plain ? BLOCK * forest.width * 2 : 0);
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
    const { forest, sums, keys, width } = this;
    const { base, groups } = forest;
    for (let i = 0; i < count; i++) for (let g = 0; g < groups; g++) sums[i * groups + g] = base[g] ?? 0;
    if (forest.plain) {
      writeKeys(matrix, offset, width, count, keys);
      sumPlain(forest, keys, count, sums);
    } else sumBranching(forest, this.thresholds, matrix, offset, count, sums);
  }

  private link(row: number, out: Float64Array, at: number): void {
    const { groups, classes, divisor, link } = this.forest;
    const sums = this.sums;
    const first = row * groups;
    if (groups === 1) {
      const sum = (sums[first] ?? 0) / divisor;
      const p = link.kind === 'sigmoid' ? 1 / (1 + Math.exp(-link.scale * sum)) : sum;
      out[at] = 1 - p;
      out[at + 1] = p;
      return;
    }
    if (link.kind === 'softmax') {
      let highest = Number.NEGATIVE_INFINITY;
      for (let c = 0; c < classes; c++) highest = Math.max(highest, sums[first + c] ?? 0);
      let total = 0;
      for (let c = 0; c < classes; c++) {
        const e = Math.exp(((sums[first + c] ?? 0) - highest) / divisor);
        out[at + c] = e;
        total += e;
      }
      for (let c = 0; c < classes; c++) out[at + c] = (out[at + c] ?? 0) / total;
      return;
    }
    for (let c = 0; c < classes; c++) {
      const sum = (sums[first + c] ?? 0) / divisor;
      out[at + c] = link.kind === 'sigmoid-each' ? 1 / (1 + Math.exp(-link.scale * sum)) : sum;
    }
  }
}
