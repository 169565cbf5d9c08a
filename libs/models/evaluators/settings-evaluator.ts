import { Binner } from './binned-columns.js';
import type { Forest } from './forest.js';
import { ForestEvaluator } from './forest-evaluator.js';
import { linkSums } from './link.js';
import { type PerfectForest, type PerfectTree, perfectForest, type Setting } from './perfect-trees.js';

/** Rows that go through a tree together, a multiple of eight: their bins stay in the processor's nearest cache. */
const BLOCK = 64;

/** Evaluates many rows under several settings of some columns each, such as one setting per action. */
export interface SettingsEvaluator {
  /** Rows × settings × classes probabilities; what the matrix holds in the columns of the settings does not matter. */
  predict(matrix: Float32Array, rows: number): Float64Array;
}

/** Gives the very numbers that a {@link ForestEvaluator} gives for the rows with the settings written into them. */
export function settingsEvaluator(forest: Forest, settings: readonly Setting[]): SettingsEvaluator {
  const perfect = perfectForest(forest, settings);
  return perfect === null
    ? new WrittenSettings(forest, settings)
    : new PerfectEvaluator(forest, perfect, settings.length);
}

/**
 * Walks perfect trees. (200 trees of depth 6 and four actions: 4 µs a row, where writing each action into the row takes 12.)
 */
class PerfectEvaluator implements SettingsEvaluator {
  private readonly binner: Binner;
  private readonly bins: Uint16Array;
  private readonly sums: Float64Array;
  private readonly reached = new Float64Array(BLOCK);

  constructor(
    private readonly forest: Forest,
    private readonly perfect: PerfectForest,
    private readonly settings: number,
  ) {
    this.binner = new Binner(perfect.columns, forest.width, perfect.places);
    this.bins = new Uint16Array(BLOCK * perfect.places);
    this.sums = new Float64Array(BLOCK * settings * forest.groups);
  }

  predict(matrix: Float32Array, rows: number): Float64Array {
    const { forest, settings, sums } = this;
    const { width, classes, groups, base } = forest;
    const out = new Float64Array(rows * settings * classes);
    let at = 0;
    for (let first = 0; first < rows; first += BLOCK) {
      const count = Math.min(BLOCK, rows - first);
      this.binner.write(matrix, first * width, count, this.bins);
      for (let s = 0; s < settings * groups; s++) sums.fill(base[s % groups] ?? 0, s * BLOCK, (s + 1) * BLOCK);
      for (const tree of this.perfect.trees) this.addTree(tree, count);
      for (let i = 0; i < count; i++)
        for (let s = 0; s < settings; s++, at += classes)
          linkSums(forest, sums, s * groups * BLOCK + i, BLOCK, out, at);
    }
    return out;
  }

  /** In the order of the trees: float32 sums depend on it. */
  private addTree(tree: PerfectTree, count: number): void {
    const { reached, sums, forest } = this;
    reach(this.perfect, tree, this.bins, count, reached);
    for (const sum of tree.sums) {
      const from = sum * BLOCK;
      if (forest.single)
        for (let i = 0; i < count; i++) sums[from + i] = Math.fround((sums[from + i] ?? 0) + (reached[i] ?? 0));
      else for (let i = 0; i < count; i++) sums[from + i] = (sums[from + i] ?? 0) + (reached[i] ?? 0);
    }
  }
}

/**
 * Writes the leaf that each of `count` rows of bins reaches. Eight rows are walked side by side: each step of a walk waits
 * for memory, and eight waits take hardly longer than one. Rows after the last are walked too, which does no harm.
 */
function reach(
  { nodes, leaves, places }: PerfectForest,
  { levels, nodesAt, leavesAt }: PerfectTree,
  bins: Uint16Array,
  count: number,
  reached: Float64Array,
): void {
  const leaf = leavesAt - ((1 << levels) - 1);
  for (let i = 0; i < count; i += 8) {
    const rowA = i * places;
    const rowB = rowA + places;
    const rowC = rowB + places;
    const rowD = rowC + places;
    const rowE = rowD + places;
    const rowF = rowE + places;
    const rowG = rowF + places;
    const rowH = rowG + places;
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    let e = 0;
    let f = 0;
    let g = 0;
    let h = 0;
    for (let level = 0; level < levels; level++) {
      const wordA = nodes[nodesAt + a] ?? 0;
      const wordB = nodes[nodesAt + b] ?? 0;
      const wordC = nodes[nodesAt + c] ?? 0;
      const wordD = nodes[nodesAt + d] ?? 0;
      const wordE = nodes[nodesAt + e] ?? 0;
      const wordF = nodes[nodesAt + f] ?? 0;
      const wordG = nodes[nodesAt + g] ?? 0;
      const wordH = nodes[nodesAt + h] ?? 0;
      // The sign is 1 where the bin is above the threshold's number: then the row goes right.
      a = 2 * a + 1 + (((wordA >>> 16) - (bins[rowA + (wordA & 0xffff)] ?? 0)) >>> 31);
      b = 2 * b + 1 + (((wordB >>> 16) - (bins[rowB + (wordB & 0xffff)] ?? 0)) >>> 31);
      c = 2 * c + 1 + (((wordC >>> 16) - (bins[rowC + (wordC & 0xffff)] ?? 0)) >>> 31);
      d = 2 * d + 1 + (((wordD >>> 16) - (bins[rowD + (wordD & 0xffff)] ?? 0)) >>> 31);
      e = 2 * e + 1 + (((wordE >>> 16) - (bins[rowE + (wordE & 0xffff)] ?? 0)) >>> 31);
      f = 2 * f + 1 + (((wordF >>> 16) - (bins[rowF + (wordF & 0xffff)] ?? 0)) >>> 31);
      g = 2 * g + 1 + (((wordG >>> 16) - (bins[rowG + (wordG & 0xffff)] ?? 0)) >>> 31);
      h = 2 * h + 1 + (((wordH >>> 16) - (bins[rowH + (wordH & 0xffff)] ?? 0)) >>> 31);
    }
    reached[i] = leaves[leaf + a] ?? 0;
    reached[i + 1] = leaves[leaf + b] ?? 0;
    reached[i + 2] = leaves[leaf + c] ?? 0;
    reached[i + 3] = leaves[leaf + d] ?? 0;
    reached[i + 4] = leaves[leaf + e] ?? 0;
    reached[i + 5] = leaves[leaf + f] ?? 0;
    reached[i + 6] = leaves[leaf + g] ?? 0;
    reached[i + 7] = leaves[leaf + h] ?? 0;
  }
}

/** For every other forest: as many rows as there are settings. */
class WrittenSettings implements SettingsEvaluator {
  private readonly evaluator: ForestEvaluator;

  constructor(
    private readonly forest: Forest,
    private readonly settings: readonly Setting[],
  ) {
    this.evaluator = new ForestEvaluator(forest, []);
  }

  predict(matrix: Float32Array, rows: number): Float64Array {
    const { settings, forest } = this;
    const { width } = forest;
    const written = new Float32Array(rows * settings.length * width);
    let at = 0;
    for (let row = 0; row < rows; row++)
      for (const setting of settings) {
        written.set(matrix.subarray(row * width, (row + 1) * width), at);
        for (const [column, value] of setting) written[at + column] = value;
        at += width;
      }
    return this.evaluator.predict(written, rows * settings.length);
  }
}
