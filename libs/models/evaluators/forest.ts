/** How the sums of the trees become probabilities. */
export type Link =
  /** Two classes from one sum: p = 1 / (1 + exp(-scale × sum)). */
  | { readonly kind: 'sigmoid'; readonly scale: number }
  /** One sum per class. */
  | { readonly kind: 'softmax' }
  /** One sum per class, each through its own sigmoid; they need not add up to 1 (LightGBM's multiclassova). */
  | { readonly kind: 'sigmoid-each'; readonly scale: number }
  /** The sums are probabilities already; with one group, the second class's. */
  | { readonly kind: 'identity' };

/**
 * A whole forest in flat arrays that can move between threads without a copy.
 *
 * A node is four 32-bit words of `nodes`: which column, compared with what, left child, right child. A child ≥ 0 is a
 * node, below 0 it is the leaf ~child.
 *
 * In a `plain` forest, where a node only asks whether a value is below a threshold, the first word is the column, plus
 * `width` if a missing value goes left, and the second the threshold's ordered key (ordered-keys.ts). In any other, the
 * first word is the column and flags, and the second the threshold's float32 bits or, for a category node, the position
 * of its set in `sets`; a row goes left if its value < threshold, or if its value is in the set.
 */
export interface Forest {
  readonly width: number;
  readonly classes: number;
  /** Sums that are built: 1 for two classes, else one per class. */
  readonly groups: number;
  readonly nodes: Int32Array<ArrayBuffer>;
  readonly leaves: Float64Array<ArrayBuffer>;
  /** Training rows (XGBoost: sum of hessians) that passed each node and leaf; empty if the file does not say. */
  readonly nodeCover: Float32Array<ArrayBuffer>;
  readonly leafCover: Float32Array<ArrayBuffer>;
  /** Per tree: its root (below 0: the tree is the single leaf ~root) and the sum it belongs to. */
  readonly roots: Int32Array<ArrayBuffer>;
  readonly treeGroups: Int32Array<ArrayBuffer>;
  /** Each set: the number of 32-bit words, then the words; bit i of word w is category 32 w + i. */
  readonly sets: Uint32Array<ArrayBuffer>;
  /** Where each sum starts. */
  readonly base: Float64Array<ArrayBuffer>;
  /** Sums are divided by this before the link (LightGBM's random forest). */
  readonly divisor: number;
  /** XGBoost adds leaves up in float32; so do we, to get its bits. */
  readonly single: boolean;
  /** -0.5 is cut to category 0, as LightGBM does; elsewhere what is below 0 is no category. */
  readonly cutsBelowZero: boolean;
  /** No node has a category set or treats zero as missing: the short loop is enough. */
  readonly plain: boolean;
  readonly link: Link;
}

export const WORDS_PER_NODE = 4;
/** Bits of the first word of a node in a forest that is not plain. */
export const MISSING_LEFT = 0x80000000 | 0;
export const ZERO_IS_MISSING = 0x40000000;
export const CATEGORY_SET = 0x20000000;
export const COLUMN_MASK = 0x1fffffff;

/** The buffers of a forest, for `postMessage`'s transfer list. */
export function transferables(forest: Forest): ArrayBuffer[] {
  return [
    forest.nodes.buffer,
    forest.leaves.buffer,
    forest.nodeCover.buffer,
    forest.leafCover.buffer,
    forest.roots.buffer,
    forest.treeGroups.buffer,
    forest.sets.buffer,
    forest.base.buffer,
  ];
}
