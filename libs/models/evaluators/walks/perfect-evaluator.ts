import type { Forest } from '../forest.js';
import { linkSums } from '../link.js';
import { Binner } from './binned-columns.js';
import type { PerfectForest } from './perfect-trees.js';
import { COMPARED_LEVELS, ENTRY_BYTES, ROWS, type Walk, walkIn } from './walk-module.js';
import { webAssembly } from './webassembly.js';

const PAGE_BYTES = 65536;

/** Gives out pieces of a memory that is made afterwards. */
class Layout {
  size = 0;

  piece(bytes: number): number {
    const at = this.size;
    this.size = (at + bytes + 15) & ~15;
    return at;
  }
}

/**
 * Walks the perfect trees of a forest for many rows under some settings each: rows × settings × classes probabilities. They are the
 * very numbers of a ForestEvaluator. Blocks of rows go through a tree together: their bins and its nodes stay in the processor's nearest cache.
 */
export class PerfectEvaluator {
  private readonly binner: Binner;
  private readonly walk: Walk;
  private readonly bins: Int16Array;
  private readonly sums: Float64Array;
  private readonly trees: number;
  private readonly treesEnd: number;

  constructor(
    private readonly forest: Pick<Forest, 'width' | 'classes' | 'groups' | 'base' | 'single' | 'divisor' | 'link'>,
    perfect: PerfectForest,
    private readonly settings: number,
  ) {
    const { columns, places, nodes, leaves, trees } = perfect;
    this.binner = new Binner(columns, forest.width, ROWS);
    const layout = new Layout();
    // First of all, so that bins are at 0.
    layout.piece(2 * ROWS * places);
    const sumBytes = 8 * ROWS;
    const sumsAt = layout.piece(sumBytes * settings * forest.groups);
    const nodesAt = layout.piece(nodes.byteLength);
    const leavesAt = layout.piece(leaves.byteLength);
    this.trees = layout.piece(ENTRY_BYTES * trees.length);
    this.treesEnd = this.trees + ENTRY_BYTES * trees.length;
    const listsAt = layout.piece(4 * trees.reduce((sum, tree) => sum + tree.sums.length, 0));
    const { Memory } = webAssembly();
    const memory = new Memory({ initial: Math.ceil(layout.size / PAGE_BYTES) });
    this.bins = new Int16Array(memory.buffer, 0, ROWS * places);
    this.sums = new Float64Array(memory.buffer, sumsAt, ROWS * settings * forest.groups);
    new Int32Array(memory.buffer, nodesAt, nodes.length).set(nodes);
    new Float64Array(memory.buffer, leavesAt, leaves.length).set(leaves);
    const words = new Int32Array(memory.buffer);
    let entry = this.trees >> 2;
    let list = listsAt >> 2;
    for (const tree of trees) {
      const numbered = leavesAt + 8 * (tree.leavesAt - (2 ** tree.levels - 1));
      const from = 4 * list;
      for (const sum of tree.sums) words[list++] = sumsAt + sumBytes * sum;
      words.set([nodesAt + 4 * tree.nodesAt, numbered, tree.levels - COMPARED_LEVELS, from, 4 * list], entry);
      entry += ENTRY_BYTES >> 2;
    }
    this.walk = walkIn(memory);
  }

  predict(matrix: Float32Array, rows: number): Float64Array {
    const { forest, settings, sums } = this;
    const { width, classes, groups, base } = forest;
    const out = new Float64Array(rows * settings * classes);
    let at = 0;
    for (let first = 0; first < rows; first += ROWS) {
      const count = Math.min(ROWS, rows - first);
      this.binner.write(matrix, first * width, count, this.bins);
      for (let s = 0; s < settings * groups; s++) sums.fill(base[s % groups] ?? 0, s * ROWS, (s + 1) * ROWS);
      if (this.trees < this.treesEnd) this.walk(this.trees, this.treesEnd, 2 * count, forest.single ? 1 : 0);
      for (let i = 0; i < count; i++)
        for (let s = 0; s < settings; s++, at += classes) linkSums(forest, sums, s * groups * ROWS + i, ROWS, out, at);
    }
    return out;
  }
}
