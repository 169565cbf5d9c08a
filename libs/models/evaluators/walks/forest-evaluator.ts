import type { Evaluator } from '../evaluator.js';
import type { Forest } from '../forest.js';
import { linkSums } from '../link.js';
import { sumBranching } from './branching-walk.js';
import { writeKeys } from './ordered-keys.js';
import { PerfectEvaluator } from './perfect-evaluator.js';
import type { PerfectForest } from './perfect-trees.js';
import { sumPlain } from './plain-walk.js';

/** Rows of a batch that go through a tree together, so that its nodes stay in the processor's cache. */
const BLOCK = 64;

/** From so many rows on perfect trees are faster: they are walked by eight rows at a time. */
const SEVERAL = 4;

/** Evaluates any forest; see `Forest` for how a row walks down. */
export class ForestEvaluator implements Evaluator {
  readonly width: number;
  private readonly sums: Float64Array;
  private readonly keys: Int32Array;
  private readonly thresholds: Float32Array;
  private readonly several: PerfectEvaluator | null;

  /** @param perfect the same forest as perfect trees, which makes batches three times as fast */
  constructor(
    readonly forest: Forest,
    readonly classes: readonly string[],
    perfect: PerfectForest | null = null,
  ) {
    this.width = forest.width;
    this.sums = new Float64Array(BLOCK * forest.groups);
    this.thresholds = new Float32Array(forest.nodes.buffer, forest.nodes.byteOffset, forest.nodes.length);
    this.several = perfect === null ? null : new PerfectEvaluator(forest, perfect, 1);
    this.keys = new Int32Array(forest.plain ? BLOCK * forest.width * 2 : 0);
  }

  predictRow(row: Float32Array, offset: number, out: Float64Array, outOffset = 0): void {
    this.sumBlock(row, offset, 1);
    linkSums(this.forest, this.sums, 0, 1, out, outOffset);
  }

  predict(matrix: Float32Array, rows: number): Float64Array {
    if (this.several !== null && rows >= SEVERAL) return this.several.predict(matrix, rows);
    const { classes, groups } = this.forest;
    const out = new Float64Array(rows * classes);
    for (let first = 0; first < rows; first += BLOCK) {
      const count = Math.min(BLOCK, rows - first);
      this.sumBlock(matrix, first * this.width, count);
      for (let i = 0; i < count; i++) linkSums(this.forest, this.sums, i * groups, 1, out, (first + i) * classes);
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
}
