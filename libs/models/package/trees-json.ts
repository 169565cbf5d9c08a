import { z } from 'zod';

const Link = z.discriminatedUnion('kind', [
  /** One sum: P(second class) = 1 / (1 + exp(-scale × sum)). */
  z.object({ kind: z.literal('sigmoid'), scale: z.number() }),
  /** One sum per class. */
  z.object({ kind: z.literal('softmax') }),
  /** The sums are probabilities: one per class, or a single one of the second class. */
  z.object({ kind: z.literal('identity') }),
]);

/**
 * One tree in columns, an entry per split; split 0 is the root, and a tree without splits is its leaf 0. A child ≥ 0 is
 * a split, below 0 the leaf ~child. A row goes left if its value < threshold; NaN goes left where `missing_left` is 1.
 */
const Tree = z.object({
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

/** `model.trees.json`: trees of a backend that has no file format of its own. */
export const TreesFile = z.object({
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
  trees: z.array(Tree),
});
export type TreesFile = z.infer<typeof TreesFile>;
