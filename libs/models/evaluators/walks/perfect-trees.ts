import { type Forest, WORDS_PER_NODE } from '../forest.js';
import { type BinnedColumn, MISSING_RIGHT, MOST_THRESHOLDS, NO_THRESHOLD } from './binned-columns.js';
import { keyOf, valueOfKey } from './ordered-keys.js';
import { COMPARED_LEVELS } from './walk-module.js';

/** Columns that are given rather than read from a row, with their values (not NaN). */
export type Setting = ReadonlyMap<number, number>;

/** A tree as some of the settings leave it; `level` deep, with every node and leaf down to there. */
export interface PerfectTree {
  readonly levels: number;
  /** Where its nodes and its leaves start. */
  readonly nodesAt: number;
  readonly leavesAt: number;
  /** The sums its leaf is added to: setting × groups + group. */
  readonly sums: readonly number[];
}

/**
 * A plain forest, made for walking many rows that are the same but for a few columns, such as those of the action. Where
 * a node asks for one of those, the answer is known beforehand and the node left out; what is the same tree for several
 * settings after that is walked once for all of them. Trees are filled up to perfect ones, so that no node needs to say
 * where its children are: those of node i are 2 i + 1 and 2 i + 2. A node is one word: the place of its bin among those of
 * a row below, the number of its threshold above (see {@link BinnedColumn}).
 */
export interface PerfectForest {
  readonly trees: readonly PerfectTree[];
  readonly nodes: Int32Array<ArrayBuffer>;
  readonly leaves: Float64Array<ArrayBuffer>;
  readonly columns: readonly BinnedColumn[];
  /** Bins of a row. */
  readonly places: number;
}

/** What moves to another thread without a copy. */
export const perfectTransferables = ({ nodes, leaves }: PerfectForest): ArrayBuffer[] => [nodes.buffer, leaves.buffer];

/** Deeper trees would be mostly filling. */
const MOST_LEVELS = 9;

type Subtree = { readonly node: number; readonly left: Subtree; readonly right: Subtree } | { readonly leaf: number };

/** Null if the forest has nodes that are no mere comparison, or trees too deep for this. */
export function perfectForest(forest: Forest, settings: readonly Setting[]): PerfectForest | null {
  if (!forest.plain || settings.length === 0) return null;
  const pruned: { readonly tree: Subtree; readonly levels: number; readonly sums: number[] }[] = [];
  for (let t = 0; t < forest.roots.length; t++) {
    const bySignature = new Map<string, (typeof pruned)[number]>();
    for (const [s, setting] of settings.entries()) {
      const tree = prune(forest, forest.roots[t] ?? 0, setting, MOST_LEVELS);
      if (tree === null) return null;
      const signature = signatureOf(tree);
      const same = bySignature.get(signature) ?? { tree, levels: Math.max(COMPARED_LEVELS, levelsOf(tree)), sums: [] };
      bySignature.set(signature, same);
      same.sums.push(s * forest.groups + (forest.treeGroups[t] ?? 0));
    }
    pruned.push(...bySignature.values());
  }
  const { columns, places, wordOf } = numberThresholds(
    forest,
    pruned.map(({ tree }) => tree),
  );
  if (columns.some(({ thresholds }) => thresholds.length > MOST_THRESHOLDS)) return null;

  let nodesAt = 0;
  let leavesAt = 0;
  const trees = pruned.map(({ levels, sums }): PerfectTree => {
    const placed = { levels, nodesAt, leavesAt, sums };
    nodesAt += 2 ** levels - 1;
    leavesAt += 2 ** levels;
    return placed;
  });
  // A node that nothing put here sends every row left: no bin is above MISSING_RIGHT.
  const nodes = new Int32Array(nodesAt).fill(MISSING_RIGHT << 16);
  const leaves = new Float64Array(leavesAt);
  for (const [i, { tree, levels }] of pruned.entries()) {
    const { nodesAt: from, leavesAt: to } = trees[i] ?? { nodesAt: 0, leavesAt: 0 };
    const inner = 2 ** levels - 1;
    const place = (subtree: Subtree, at: number): void => {
      if ('leaf' in subtree) {
        if (at >= inner) leaves[to + at - inner] = forest.leaves[subtree.leaf] ?? 0;
        else place(subtree, 2 * at + 1);
        return;
      }
      nodes[from + at] = wordOf(subtree.node);
      place(subtree.left, 2 * at + 1);
      place(subtree.right, 2 * at + 2);
    };
    place(tree, 0);
  }
  return { trees, nodes, leaves, columns, places };
}

/** What is left of a tree when some columns are known; null if it has more levels than asked for. */
function prune(forest: Forest, root: number, setting: Setting, levels: number): Subtree | null {
  const { nodes, width } = forest;
  let node = root;
  while (node >= 0) {
    const at = node * WORDS_PER_NODE;
    const given = setting.get((nodes[at] ?? 0) % width);
    if (given === undefined) break;
    node = nodes[keyOf(given) < (nodes[at + 1] ?? 0) ? at + 2 : at + 3] ?? 0;
  }
  if (node < 0) return { leaf: ~node };
  if (levels === 0) return null;
  const left = prune(forest, nodes[node * WORDS_PER_NODE + 2] ?? 0, setting, levels - 1);
  const right = left && prune(forest, nodes[node * WORDS_PER_NODE + 3] ?? 0, setting, levels - 1);
  return left && right && { node, left, right };
}

const signatureOf = (tree: Subtree): string =>
  'leaf' in tree ? `~${tree.leaf}` : `${tree.node}(${signatureOf(tree.left)},${signatureOf(tree.right)})`;

const levelsOf = (tree: Subtree): number =>
  'leaf' in tree ? 0 : 1 + Math.max(levelsOf(tree.left), levelsOf(tree.right));

/** Gives every column that is asked for a place, and every node its word. */
function numberThresholds({ nodes, width }: Forest, trees: readonly Subtree[]) {
  const asked = new Map<number, { keys: Set<number>; left: boolean; right: boolean }>();
  const visit = (tree: Subtree): void => {
    if ('leaf' in tree) return;
    const word = nodes[tree.node * WORDS_PER_NODE] ?? 0;
    const column = asked.get(word % width) ?? { keys: new Set(), left: false, right: false };
    asked.set(word % width, column);
    column.keys.add(nodes[tree.node * WORDS_PER_NODE + 1] ?? 0);
    if (word >= width) column.left = true;
    else column.right = true;
    visit(tree.left);
    visit(tree.right);
  };
  trees.forEach(visit);
  let places = 0;
  const numbers = new Map<number, Map<number, number>>();
  const columns = [...asked].map(([column, { keys, left, right }]): BinnedColumn => {
    const sorted = Int32Array.from(keys).sort();
    numbers.set(column, new Map(Array.from(sorted, (key, i) => [key, i])));
    const thresholds = Float32Array.from(sorted, valueOfKey);
    return { column, thresholds, left: left ? places++ : -1, right: right ? places++ : -1 };
  });
  const byColumn = new Map(columns.map((binned) => [binned.column, binned]));
  const wordOf = (node: number): number => {
    const word = nodes[node * WORDS_PER_NODE] ?? 0;
    const binned = byColumn.get(word % width);
    const place = (word >= width ? binned?.left : binned?.right) ?? 0;
    const number = numbers.get(word % width)?.get(nodes[node * WORDS_PER_NODE + 1] ?? 0) ?? 0;
    return ((NO_THRESHOLD + number) << 16) | place;
  };
  return { columns, places, wordOf };
}
