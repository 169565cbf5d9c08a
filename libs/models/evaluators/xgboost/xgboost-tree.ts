import { ModelFormatError } from '../evaluator.js';
import type { Split, Tree } from '../forest-builder.js';
import { Document, type NumberArray } from '../reading/document.js';
import { TREE, TREE_PARAMETERS } from './xgboost-schema.js';

/** Largest category that XGBoost takes, plus one. */
const CATEGORIES = 2 ** 24;
/** What it writes for the parent of a root. */
const NO_PARENT = 2 ** 31 - 1;

/**
 * One entry of `trees`.
 *
 * @param weight of a tree of a DART model; 1 otherwise
 */
export function xgboostTree(value: unknown, index: number, group: number, weight: number): Tree {
  const name = `trees[${index}]`;
  const parameters = parametersOf(value, name);
  const tree = Document.of(value, name, TREE);
  // The library puts a tree where its id says.
  if (tree.count('id') !== index) throw tree.refuse('id', `is ${tree.count('id')} in place ${index}`);
  const count = parameters.count('num_nodes', 1);
  const left = tree.numbers('left_children', count);
  const right = tree.numbers('right_children', count);
  const parents = tree.numbers('parents', count);
  const columns = tree.numbers('split_indices', count);
  const conditions = tree.numbers('split_conditions', count);
  const defaultLeft = tree.numbers('default_left', count);
  const types = tree.numbers('split_type', count);
  const cover = tree.numbers('sum_hessian', count);
  for (const name of ['base_weights', 'loss_changes']) tree.numbers(name, count);
  const sets = categorySets(tree, name);

  /** A node of the file as a child of ours: leaves are those without a left child. */
  const child = (node: number, parent: number): number => {
    if (!(Number.isInteger(node) && node >= 0 && node < count))
      throw new ModelFormatError(`${name}: names node ${node} of ${count}`);
    if (parents[node] !== parent)
      throw new ModelFormatError(
        `${name}: node ${node} is a child of ${parent}, but calls ${parents[node]} its parent; the file is damaged`,
      );
    return left[node] === -1 ? ~node : node;
  };
  return {
    group,
    splits: count,
    root: child(0, NO_PARENT),
    leaf: (node) => ({
      value: Math.fround(Math.fround(conditions[node] ?? 0) * Math.fround(weight)),
      cover: cover[node] ?? 0,
    }),
    split: (node): Split => {
      const first = left[node] ?? -1;
      const second = right[node] ?? -1;
      // The library reads the left child only, and takes the right one to be behind it.
      if (second !== first + 1)
        throw new ModelFormatError(
          `${name}: the children of node ${node} are ${first} and ${second}, which are not next to each other; the file is damaged`,
        );
      const common = {
        column: columns[node] ?? -1,
        missingLeft: defaultLeft[node] === 1,
        left: child(first, node),
        right: child(second, node),
        cover: cover[node] ?? 0,
      };
      if (types[node] === 0)
        return {
          kind: 'numeric',
          threshold: Math.fround(conditions[node] ?? 0),
          zeroIsMissing: false,
          ...common,
        };
      const set = sets.get(node);
      if (types[node] !== 1 || set === undefined)
        throw new ModelFormatError(`${name}: node ${node} splits on categories but lists none`);
      // XGBoost sends members of the set right; ours go left.
      return {
        ...common,
        kind: 'category',
        set,
        missingLeft: !common.missingLeft,
        left: common.right,
        right: common.left,
      };
    },
  };
}

/** Refuses trees that are no longer the kind that everything else here is about. */
export function parametersOf(tree: unknown, name: string): Document {
  const parameters = Document.of(tree, name, null).object('tree_param', TREE_PARAMETERS);
  if (parameters.count('size_leaf_vector') > 1)
    throw new ModelFormatError(
      `${name}: its leaves hold vectors; train with multi_strategy "one_output_per_tree" instead`,
    );
  return parameters;
}

/** Node → bit set of the categories of its split. Sets lie one behind the other in the file and fill its list. */
function categorySets(tree: Document, name: string): Map<number, Uint32Array> {
  const nodes = tree.numbers('categories_nodes');
  const categories = tree.numbers('categories');
  const starts = tree.numbers('categories_segments', nodes.length);
  const sizes = tree.numbers('categories_sizes', nodes.length);
  const sets = new Map<number, Uint32Array>();
  let end = 0;
  for (let i = 0; i < nodes.length; i++) {
    const start = starts[i] ?? -1;
    const size = sizes[i] ?? -1;
    if (start !== end || !Number.isInteger(size) || size < 1 || start + size > categories.length)
      throw new ModelFormatError(
        `${name}: the categories of node ${nodes[i]} are ${size} from ${start}, expected them at ${end} of ${categories.length}`,
      );
    end += size;
    sets.set(nodes[i] ?? -1, bitSet(members(categories, start, end, name)));
  }
  if (end !== categories.length || sets.size !== nodes.length)
    throw new ModelFormatError(`${name}: lists ${categories.length} categories, of which its nodes use ${end}`);
  return sets;
}

function members(categories: NumberArray, start: number, end: number, name: string): number[] {
  const found: number[] = [];
  for (let k = start; k < end; k++) {
    const category = categories[k] ?? -1;
    if (!(Number.isInteger(category) && category >= 0 && category < CATEGORIES))
      throw new ModelFormatError(`${name}: category ${category} is out of range, expected 0 to ${CATEGORIES - 1}`);
    found.push(category);
  }
  return found;
}

export function bitSet(members: readonly number[]): Uint32Array {
  const highest = members.reduce((high, member) => Math.max(high, member), -1);
  const words = new Uint32Array((highest >> 5) + 1);
  for (const member of members) words[member >> 5] = (words[member >> 5] ?? 0) | (1 << (member & 31));
  return words;
}
