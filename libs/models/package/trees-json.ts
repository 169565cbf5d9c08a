import { z } from 'zod';

const Link = z.discriminatedUnion('kind', [
  /** One sum: P(second class) = 1 / (1 + exp(-scale × sum)). */
  z.strictObject({ kind: z.literal('sigmoid'), scale: z.number().positive() }),
  /** One sum per class. */
  z.strictObject({ kind: z.literal('softmax') }),
  /** One sum per class, each through its own sigmoid; they need not add up to 1. */
  z.strictObject({ kind: z.literal('sigmoid-each'), scale: z.number().positive() }),
  /** The sums are probabilities: one per class, or a single one of the second class. */
  z.strictObject({ kind: z.literal('identity') }),
]);

/**
 * One tree in columns, an entry per split; split 0 is the root, and a tree without splits is its leaf 0. A child ≥ 0 is
 * a split, below 0 the leaf ~child. A row goes left if its value is below the threshold; NaN goes left where `missing_left` is 1.
 */
const Tree = z.strictObject({
  /** The sum its leaves are added to; null if each leaf has a value for every sum. */
  group: z.int().min(0).nullable(),
  column: z.array(z.int().min(0)),
  threshold: z.array(z.number()),
  missing_left: z.array(z.int().min(0).max(1)),
  left: z.array(z.int()),
  right: z.array(z.int()),
  /** One value per leaf, or leaf after leaf one value per sum. */
  leaves: z.array(z.number()).min(1),
});

/** Largest category of a set. */
export const LARGEST_CATEGORY = 0xffff;

const PackedTree = Tree.extend({
  /** Per split the number of the set that goes left, or -1 where it compares with the threshold. Left out if none has a set. */
  set: z.array(z.int().min(-1)).optional(),
  /** Sets of categories. A value is in one if it is not below 0 and, cut to a whole number, listed. */
  sets: z.array(z.array(z.int().min(0).max(LARGEST_CATEGORY))).optional(),
  /** Training rows (or their weights) that passed each split and leaf, for explanations. */
  cover: z.array(z.number()).optional(),
  leaf_cover: z.array(z.number()).optional(),
});

const Header = z.strictObject({
  format: z.literal('ratchet-trees'),
  format_version: z.literal(1),
  /** Columns of a row. */
  width: z.int().min(1),
  classes: z.int().min(2),
  /** Where each sum starts: one entry for a single sum of two classes, else one per class. */
  base: z.array(z.number()).min(1),
  /** Sums are divided by this before the link: the number of trees for an average. */
  divisor: z.number().positive(),
  link: Link,
  /** Whether the library that trained it adds leaves up in float32. */
  precision: z.enum(['float32', 'float64']),
});

const PackedHeader = Header.extend({
  format_version: z.literal(2),
  /** Whether a value that equals the threshold goes left. */
  comparison: z.enum(['<', '<=']),
  /** The precision of the values that the library compares with thresholds. */
  values: z.enum(['float32', 'float64']),
  /** Names of the columns. */
  columns: z.array(z.string()).optional(),
  /** How many trees there are, so that a file that lost one is not a model. */
  tree_count: z.int().min(1),
});

/** `model.trees.json` as the portable backends write it: trees of a library that has no file format of its own. */
export const TreesFile = Header.extend({ trees: z.array(Tree) });
export type TreesFile = z.infer<typeof TreesFile>;

/** The second version: what `ratchet-model` in Python makes of scikit-learn's, CatBoost's and ONNX's trees. */
export const PackedTreesFile = PackedHeader.extend({ trees: z.array(PackedTree).min(1) });
export type PackedTreesFile = z.infer<typeof PackedTreesFile>;

/** All but the trees, of either version. */
export const TreesHeader = z.discriminatedUnion('format_version', [Header, PackedHeader]);
export type TreesHeader = z.infer<typeof TreesHeader>;

const optionalOf = (shape: Readonly<Record<string, z.ZodType>>): string[] =>
  Object.keys(shape).filter((name) => shape[name] instanceof z.ZodOptional);
const requiredOf = (shape: Readonly<Record<string, z.ZodType>>): string[] =>
  Object.keys(shape).filter((name) => !(shape[name] instanceof z.ZodOptional));

/** The fields of a tree, by the version of the file. */
export const TREE_FIELDS = {
  1: { required: requiredOf(Tree.shape), optional: optionalOf(Tree.shape) },
  2: { required: requiredOf(PackedTree.shape), optional: optionalOf(PackedTree.shape) },
} as const;
