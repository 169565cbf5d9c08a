import { Document, type NumberArray } from './document.js';
import { ModelFormatError } from './evaluator.js';
import type { Forest, Link } from './forest.js';
import { ForestBuilder, type Split, type Tree } from './forest-builder.js';
import { decodeUbjson } from './ubjson.js';

/** Reads the bytes of a model that XGBoost saved as JSON (`save_model('model.json')`, 1.6 to 3.x). */
export function parseXgboostJson(bytes: Uint8Array): Forest {
  return xgboostForest(documentOf(bytes));
}

/** The JSON in the bytes of a model. Throws ModelFormatError where there is none. */
export function documentOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(withQuotedConstants(new TextDecoder('utf-8').decode(bytes)));
  } catch (error) {
    throw new ModelFormatError(`not an XGBoost JSON model: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Reads the bytes of a model that XGBoost saved as UBJSON (`save_model('model.ubj')`). */
export function parseXgboostUbjson(bytes: Uint8Array): Forest {
  return xgboostForest(decodeUbjson(bytes));
}

/** The document that both formats hold. */
function xgboostForest(document: unknown): Forest {
  const learner = Document.of(document, 'model').object('learner');
  const parameters = learner.object('learner_model_param');
  const objective = learner.object('objective').text('name');
  const booster = learner.object('gradient_booster');
  const name = booster.text('name');
  if (name !== 'gbtree' && name !== 'dart')
    throw new ModelFormatError(`booster "${name}" is not made of trees; expected gbtree or dart`);
  if (parameters.numberOr('num_target', 1) > 1)
    throw new ModelFormatError('models with several targets are not supported; train one model per target');
  const model = name === 'dart' ? booster.object('gbtree').object('model') : booster.object('model');
  const outputs = outputsOf(objective, parameters);
  const width = parameters.number('num_feature');
  const trees = model.list('trees');
  const groups = model.numbers('tree_info', trees.length);
  // Dropped trees keep a weight; float32 like the library's product.
  const weights = name === 'dart' ? booster.numbers('weight_drop', trees.length) : null;

  const builder = new ForestBuilder({ width, divisor: 1, single: true, ...outputs });
  trees.forEach((tree, i) => {
    builder.add(
      xgboostTree(Document.of(tree, `trees[${i}]`), groups[i] ?? 0, weights?.[i] ?? 1, `trees[${i}]`),
      `trees[${i}]`,
    );
  });
  return builder.finish();
}

/** XGBoost writes NaN and Infinity bare, which JSON has no word for; as texts they can be read. */
function withQuotedConstants(text: string): string {
  return /[,[]-?(NaN|Infinity)/.test(text) ? text.replace(/(?<=[,[])-?(?:NaN|Infinity)(?=[,\]])/g, '"$&"') : text;
}

function outputsOf(objective: string, parameters: Document): { classes: number; base: number[]; link: Link } {
  const scores = baseScores(parameters.text('base_score'));
  switch (objective) {
    case 'binary:logistic':
    case 'reg:logistic': {
      const [p, ...more] = scores;
      if (p === undefined || more.length > 0 || !(p > 0 && p < 1))
        throw new ModelFormatError(`base_score is [${scores.join(', ')}], expected one probability between 0 and 1`);
      return { classes: 2, base: [logit(p)], link: { kind: 'sigmoid', scale: 1 } };
    }
    case 'multi:softprob':
    case 'multi:softmax': {
      const classes = parameters.number('num_class');
      if (scores.length !== 1 && scores.length !== classes)
        throw new ModelFormatError(`base_score has ${scores.length} entries, expected 1 or ${classes}`);
      return {
        classes,
        base: Array.from({ length: classes }, (_, c) => scores[scores.length === 1 ? 0 : c] ?? 0),
        link: { kind: 'softmax' },
      };
    }
    default:
      throw new ModelFormatError(
        `objective "${objective}" does not give class probabilities; expected binary:logistic, reg:logistic, multi:softprob or multi:softmax`,
      );
  }
}

/** "5E-1" until 3.0, "[5E-1]" or one entry per class since. */
function baseScores(text: string): number[] {
  const scores = text
    .replace(/^\[|\]$/g, '')
    .split(',')
    .map((part) => Math.fround(Number(part)));
  if (scores.length === 0 || scores.some((score) => !Number.isFinite(score)))
    throw new ModelFormatError(`base_score is "${text}", expected a number or a list of numbers`);
  return scores;
}

/** The library's ProbToMargin, in float32. */
function logit(p: number): number {
  return Math.fround(-Math.log(Math.fround(Math.fround(1 / p) - 1)));
}

function xgboostTree(tree: Document, group: number, weight: number, name: string): Tree {
  const parameters = tree.object('tree_param');
  if (parameters.numberOr('size_leaf_vector', 1) > 1)
    throw new ModelFormatError(
      `${name}: its leaves hold vectors; train with multi_strategy "one_output_per_tree" instead`,
    );
  const left = tree.numbers('left_children');
  const count = left.length;
  const right = tree.numbers('right_children', count);
  const columns = tree.numbers('split_indices', count);
  const conditions = tree.numbers('split_conditions', count);
  const defaultLeft = tree.numbers('default_left', count);
  const types = tree.numbersOr('split_type', new Uint8Array(count));
  const cover = tree.numbersOr('sum_hessian', new Float32Array(count));
  const sets = categorySets(tree, name);

  /** A node of the file as a child of ours: leaves are those without a left child. */
  const child = (node: number): number => {
    if (!(node >= 0 && node < count)) throw new ModelFormatError(`${name}: names node ${node} of ${count}`);
    return left[node] === -1 ? ~node : node;
  };
  return {
    group,
    splits: count,
    root: child(0),
    leaf: (node) => ({
      value: Math.fround(Math.fround(conditions[node] ?? 0) * Math.fround(weight)),
      cover: cover[node] ?? 0,
    }),
    split: (node): Split => {
      const common = {
        column: columns[node] ?? -1,
        missingLeft: defaultLeft[node] === 1,
        left: child(left[node] ?? -1),
        right: child(right[node] ?? -1),
        cover: cover[node] ?? 0,
      };
      if (types[node] !== 1)
        return { kind: 'numeric', threshold: Math.fround(conditions[node] ?? 0), zeroIsMissing: false, ...common };
      const set = sets.get(node);
      if (set === undefined) throw new ModelFormatError(`${name}: node ${node} splits on categories but lists none`);
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

/** Node → bit set of the categories of its split. */
function categorySets(tree: Document, name: string): Map<number, Uint32Array> {
  const none: NumberArray = [];
  const nodes = tree.numbersOr('categories_nodes', none);
  const sets = new Map<number, Uint32Array>();
  if (nodes.length === 0) return sets;
  const categories = tree.numbers('categories');
  const starts = tree.numbers('categories_segments', nodes.length);
  const sizes = tree.numbers('categories_sizes', nodes.length);
  for (let i = 0; i < nodes.length; i++) {
    const start = starts[i] ?? 0;
    const members: number[] = [];
    for (let k = start; k < start + (sizes[i] ?? 0); k++) {
      const category = categories[k] ?? -1;
      if (!(category >= 0 && category < 2 ** 24))
        throw new ModelFormatError(`${name}: category ${category} is out of range, expected 0 to 16777215`);
      members.push(category);
    }
    sets.set(nodes[i] ?? -1, bitSet(members));
  }
  return sets;
}

export function bitSet(members: readonly number[]): Uint32Array {
  const highest = members.reduce((high, member) => Math.max(high, member), -1);
  const words = new Uint32Array((highest >> 5) + 1);
  for (const member of members) words[member >> 5] = (words[member >> 5] ?? 0) | (1 << (member & 31));
  return words;
}
