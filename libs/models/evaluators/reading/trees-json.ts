import { LARGEST_CATEGORY, TREE_FIELDS, TreesHeader } from '../../package/trees-json.js';
import { ModelFormatError } from '../evaluator.js';
import { ForestBuilder, type Split } from '../forest-builder.js';
import { Document, type NumberArray } from './document.js';
import { float32Above, float32AtOrAbove } from './float32.js';
import { decodeJson } from './model-json.js';
import type { ModelReading } from './model-reading.js';
import { requireSinglePrecision } from './single-precision.js';

const FILE = 'trees file';

/** Reads `model.trees.json`: the format of the portable backends, and of trees that `ratchet-model` packed. */
export function readTrees(bytes: Uint8Array): ModelReading {
  const document = decodeJson(bytes, FILE);
  const { header, trees } = partsOf(document);
  const { classes, base, link, width, divisor, precision } = header;
  const groups = base.length;
  if (groups !== (classes === 2 && groups === 1 ? 1 : classes) || (link.kind === 'sigmoid') !== isOneSum(header))
    throw new ModelFormatError(`base has ${groups} sums, which does not fit ${classes} classes and ${link.kind}`);
  const columns = 'columns' in header ? (header.columns ?? null) : null;
  if (columns !== null && columns.length !== width)
    throw new ModelFormatError(`${FILE}: names ${columns.length} columns, and its width is ${width}`);
  const builder = new ForestBuilder({
    width,
    classes,
    base,
    divisor,
    link,
    single: precision === 'float32',
    cutsBelowZero: false,
  });
  const thresholds = 'values' in header && header.values === 'float64' ? new Map<number, Set<number>>() : null;
  for (const [i, tree] of trees.entries()) addTree(builder, tree, `trees[${i}]`, header, thresholds);
  if (thresholds !== null) requireSinglePrecision(thresholds, columns ?? [], []);
  const held = trees.length;
  return {
    forest: builder.finish(),
    columns,
    categories: null,
    rounds: { held, used: held, best: null },
    predictsLabels: false,
  };
}

/** One sum that becomes the probability of the second of two classes by a sigmoid; one that is it already needs none. */
const isOneSum = ({ base, link }: TreesHeader): boolean => base.length === 1 && link.kind !== 'identity';

function partsOf(document: unknown): { header: TreesHeader; trees: readonly unknown[] } {
  if (!(document instanceof Map)) throw new ModelFormatError(`not a ${FILE}: expected an object`);
  const { trees, ...rest } = plain(document);
  const parsed = TreesHeader.safeParse(rest);
  if (!parsed.success)
    throw new ModelFormatError(
      `not a ${FILE}: ${parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ')}`,
    );
  if (!Array.isArray(trees) || trees.length === 0)
    throw new ModelFormatError(`${FILE}: holds no trees; a model without trees predicts nothing`);
  const announced = 'tree_count' in parsed.data ? parsed.data.tree_count : trees.length;
  if (announced !== trees.length)
    throw new ModelFormatError(
      `${FILE}: holds ${trees.length} trees, and announces ${announced}; it was cut or changed`,
    );
  return { header: parsed.data, trees };
}

/** The fields of a Map and of those directly in it as an object; lists stay as they are. */
function plain(fields: ReadonlyMap<unknown, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Array.from(fields, ([name, value]) => [String(name), value instanceof Map ? plain(value) : value]),
  );
}

/** The columns of a tree; every one is there, and as long as it should be. */
function columnsOf(value: unknown, name: string, { base, format_version }: TreesHeader) {
  const tree = Document.of(value, name, TREE_FIELDS[format_version]);
  const column = tree.numbers('column');
  const splits = column.length;
  const group = tree.has('group') ? tree.count('group', 0, base.length - 1) : null;
  const perLeaf = group === null ? base.length : 1;
  const optional = (field: string, length: number): NumberArray | null =>
    tree.has(field) ? tree.numbers(field, length) : null;
  return {
    tree,
    splits,
    group,
    perLeaf,
    column,
    threshold: tree.numbers('threshold', splits),
    missingLeft: tree.numbers('missing_left', splits),
    left: tree.numbers('left', splits),
    right: tree.numbers('right', splits),
    leaves: tree.numbers('leaves', (splits + 1) * perLeaf),
    set: tree.has('sets') && !tree.has('set') ? tree.numbers('set') : optional('set', splits),
    cover: optional('cover', splits),
    leafCover: optional('leaf_cover', splits + 1),
  };
}

function addTree(
  builder: ForestBuilder,
  value: unknown,
  name: string,
  header: TreesHeader,
  thresholds: Map<number, Set<number>> | null,
): void {
  const { tree, splits, group, perLeaf, column, threshold, missingLeft, left, right, leaves, set, cover, leafCover } =
    columnsOf(value, name, header);
  const sets = set === null ? [] : setsOf(tree, name);
  const includes = 'comparison' in header && header.comparison === '<=';
  const whole = (numbers: NumberArray, index: number, what: string): number => {
    const number = numbers[index];
    if (number === undefined) throw new ModelFormatError(`${name}: names split ${index} of ${splits}`);
    if (!Number.isInteger(number)) throw new ModelFormatError(`${name}.${what}[${index}]: is ${number}`);
    return number;
  };
  const split = (index: number): Split => {
    const direction = whole(missingLeft, index, 'missing_left');
    if (direction !== 0 && direction !== 1)
      throw new ModelFormatError(`${name}.missing_left[${index}]: is ${direction}, expected 0 or 1`);
    const common = {
      column: whole(column, index, 'column'),
      left: whole(left, index, 'left'),
      right: whole(right, index, 'right'),
      missingLeft: direction === 1,
      cover: cover?.[index] ?? 0,
    };
    const number = set === null ? -1 : whole(set, index, 'set');
    if (number !== -1) {
      const categories = sets[number];
      if (categories === undefined) throw new ModelFormatError(`${name}: names set ${number} of ${sets.length}`);
      return { ...common, kind: 'category', set: categories };
    }
    const limit = threshold[index] ?? Number.NaN;
    thresholds?.set(common.column, (thresholds.get(common.column) ?? new Set<number>()).add(limit));
    const numeric = { ...common, kind: 'numeric', zeroIsMissing: false } as const;
    if (!includes) return { ...numeric, threshold: float32AtOrAbove(limit) };
    if (limit !== Number.POSITIVE_INFINITY) return { ...numeric, threshold: float32Above(limit) };
    // Every number is at or below ∞: the same as sending every number right of -∞ with the children swapped.
    const { left: below, right: above } = common;
    return {
      ...numeric,
      threshold: Number.NEGATIVE_INFINITY,
      missingLeft: !common.missingLeft,
      left: above,
      right: below,
    };
  };
  for (let value = 0; value < perLeaf; value++)
    builder.add(
      {
        group: group ?? value,
        root: splits === 0 ? ~0 : 0,
        splits,
        leaf: (index) => {
          const leaf = leaves[index * perLeaf + value];
          if (leaf === undefined) throw new ModelFormatError(`${name}: names leaf ${index}, which it has not`);
          return { value: leaf, cover: leafCover?.[index] ?? 0 };
        },
        split,
      },
      name,
    );
}

/** Bit sets of the categories. What they take is bounded by the largest category and by the lists, which are in the file. */
function setsOf(tree: Document, name: string): Uint32Array[] {
  return tree.list('sets').map((categories, i) => {
    if (!Array.isArray(categories)) throw new ModelFormatError(`${name}.sets[${i}]: expected a list`);
    let largest = -1;
    for (const category of categories) {
      if (!(Number.isInteger(category) && category >= 0 && category <= LARGEST_CATEGORY))
        throw new ModelFormatError(
          `${name}.sets[${i}]: holds ${String(category)}, expected whole numbers from 0 to ${LARGEST_CATEGORY}`,
        );
      largest = Math.max(largest, category);
    }
    const words = new Uint32Array((largest >> 5) + 1);
    for (const category of categories) words[category >> 5] = (words[category >> 5] ?? 0) | (1 << (category & 31));
    return words;
  });
}
