import { ModelFormatError } from '../evaluator.js';
import type { Forest, Link } from '../forest.js';
import { ForestBuilder } from '../forest-builder.js';
import { Document, type Schema } from '../reading/document.js';
import { decodeJson } from '../reading/model-json.js';
import type { ModelReading, ReadOptions } from '../reading/model-reading.js';
import { decodeUbjson } from '../reading/ubjson.js';
import { xgboostCategories } from './xgboost-categories.js';
import {
  CATEGORIES,
  FOREST_PARAMETERS,
  forestSchema,
  knownVersion,
  LEARNER,
  LEARNER_PARAMETERS,
  MODEL,
} from './xgboost-schema.js';
import { parametersOf, xgboostTree } from './xgboost-tree.js';

/** Reads the bytes of a model that XGBoost saved as JSON (`save_model('model.json')`). */
export function parseXgboostJson(bytes: Uint8Array): Forest {
  return readXgboost(decodeJson(bytes)).forest;
}

/** Reads the bytes of a model that XGBoost saved as UBJSON (`save_model('model.ubj')`). */
export function parseXgboostUbjson(bytes: Uint8Array): Forest {
  return readXgboost(decodeUbjson(bytes)).forest;
}

/** Reads the document that both formats hold. Throws ModelFormatError for what cannot be evaluated exactly. */
export function readXgboost(document: unknown, options: ReadOptions = {}): ModelReading {
  const model = Document.of(document, 'model', MODEL);
  const version = knownVersion(model.numbers('version', 3));
  const learner = model.object('learner', LEARNER);
  const { forest, weights } = forestOf(learner.object('gradient_booster', null), forestSchema(version));
  const parameters = learner.object('learner_model_param', LEARNER_PARAMETERS);
  if (parameters.countOr('num_target', 1) > 1)
    throw new ModelFormatError('models with several targets are not supported; train one model per target');
  const trees = forest.list('trees');
  const sizes = forest.object('gbtree_model_param', FOREST_PARAMETERS);
  if (trees.length === 0) throw forest.refuse('trees', 'is empty; a model without trees predicts nothing');
  if (sizes.count('num_trees') !== trees.length)
    throw forest.refuse('trees', `holds ${trees.length} trees, expected ${sizes.count('num_trees')}`);
  parametersOf(trees[0], 'trees[0]');
  const groups = forest.numbers('tree_info', trees.length);
  const outputs = outputsOf(learner, parameters, trees.length);
  const ends = roundEnds(forest, sizes.count('num_parallel_tree', 1) * outputs.base.length, trees.length);
  const rounds = roundsOf(learner, ends.length, options);
  const width = parameters.count('num_feature', 1);

  const builder = new ForestBuilder({ width, divisor: 1, single: true, cutsBelowZero: false, ...outputs });
  for (let i = 0; i < (ends[rounds.used - 1] ?? 0); i++)
    builder.add(xgboostTree(trees[i], i, groups[i] ?? -1, weights === null ? 1 : (weights[i] ?? 1)), `trees[${i}]`);
  return {
    forest: builder.finish(),
    columns: namesOf(learner, width),
    categories: xgboostCategories(forest),
    rounds,
    predictsLabels: learner.object('objective', null).text('name') === 'multi:softmax',
  };
}

/**
 * The trees, and what each weighs. A DART model is one of its own kind until 3.2; since 3.3 it is a "gbtree" whose trees have
 * weights, and so is any other whose parameters drop trees.
 */
function forestOf(booster: Document, schema: Schema): { forest: Document; weights: ArrayLike<number> | null } {
  const name = booster.text('name');
  if (name === 'dart') {
    const dart = booster.narrowed({ required: ['gbtree', 'name', 'weight_drop'] });
    const forest = dart.object('gbtree', { required: ['model', 'name'] }).object('model', schema);
    if (forest.has('weight_drop')) throw forest.refuse('weight_drop', 'is there twice');
    return { forest, weights: dart.numbers('weight_drop', forest.list('trees').length) };
  }
  if (name !== 'gbtree') throw new ModelFormatError(`booster "${name}" is not made of trees; expected gbtree or dart`);
  const forest = booster.narrowed({ required: ['model', 'name'] }).object('model', schema);
  if (forest.has('cats')) forest.object('cats', CATEGORIES);
  return {
    forest,
    weights: forest.has('weight_drop') ? forest.numbers('weight_drop', forest.list('trees').length) : null,
  };
}

/** How many trees the file has after each round. */
function roundEnds(forest: Document, perRound: number, trees: number): number[] {
  if (!forest.has('iteration_indptr')) {
    if (trees % perRound !== 0)
      throw forest.refuse('trees', `holds ${trees} trees, expected a multiple of ${perRound}; the file is damaged`);
    return Array.from({ length: trees / perRound }, (_, i) => (i + 1) * perRound);
  }
  const [first, ...ends] = Array.from(forest.numbers('iteration_indptr'));
  if (first !== 0 || ends.at(-1) !== trees || ends.some((end, i) => !(end >= (ends[i - 1] ?? 0))))
    throw forest.refuse('iteration_indptr', `does not go from 0 to ${trees}; the file is damaged`);
  return ends;
}

function roundsOf(learner: Document, held: number, { rounds }: ReadOptions): ModelReading['rounds'] {
  const attributes = learner.has('attributes') ? learner.object('attributes', null) : null;
  const best = attributes?.has('best_iteration') ? attributes.count('best_iteration') + 1 : null;
  if (best !== null && best > held)
    throw learner.refuse('attributes.best_iteration', `is ${best - 1}, but the file holds ${held} rounds, from 0`);
  const used = rounds === 'best' ? (best ?? held) : (rounds ?? held);
  if (used > held) throw new ModelFormatError(`the file holds ${held} rounds, but ${used} of them are to be used`);
  return { held, used, best };
}

function namesOf(learner: Document, width: number): string[] | null {
  const names = learner.texts('feature_names');
  if (names.length === 0) return null;
  if (names.length !== width)
    throw learner.refuse('feature_names', `has ${names.length} names, expected one for each of ${width} columns`);
  return names;
}

function outputsOf(
  learner: Document,
  parameters: Document,
  trees: number,
): { classes: number; base: number[]; link: Link } {
  const objective = learner.object('objective', null);
  const name = objective.text('name');
  const scores = baseScores(parameters.text('base_score'));
  const classes = parameters.count('num_class');
  switch (name) {
    case 'binary:logistic':
    case 'reg:logistic': {
      objective.narrowed({ required: ['name', 'reg_loss_param'] });
      const [p, ...more] = scores;
      if (p === undefined || more.length > 0 || !(p > 0 && p < 1))
        throw new ModelFormatError(`base_score is [${scores.join(', ')}], expected one probability between 0 and 1`);
      if (classes > 1) throw parameters.refuse('num_class', `is ${classes}, expected 0 with the objective ${name}`);
      return { classes: 2, base: [logit(p)], link: { kind: 'sigmoid', scale: 1 } };
    }
    case 'multi:softprob':
    case 'multi:softmax': {
      const said = objective
        .narrowed({ required: ['name', 'softmax_multiclass_param'] })
        .object('softmax_multiclass_param', { required: ['num_class'] });
      // Every class has a tree a round; so there cannot be more of them.
      if (classes < 2 || classes > trees)
        throw parameters.refuse('num_class', `is ${classes}, expected 2 to ${trees}, the number of trees`);
      if (said.count('num_class') !== classes)
        throw said.refuse('num_class', `is ${said.count('num_class')}, expected ${classes}`);
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
        `objective "${name}" does not give class probabilities; expected binary:logistic, reg:logistic, multi:softprob or multi:softmax`,
      );
  }
}

/** "5E-1" until 3.0, "[5E-1]" or one entry per class since. */
function baseScores(text: string): number[] {
  const scores = text
    .replace(/^\[|\]$/g, '')
    .split(',')
    .map((part) => (part.trim() === '' ? Number.NaN : Math.fround(Number(part))));
  if (scores.some((score) => !Number.isFinite(score)))
    throw new ModelFormatError(`base_score is "${text.slice(0, 60)}", expected a number or a list of numbers`);
  return scores;
}

/** The library's ProbToMargin, in float32. */
function logit(p: number): number {
  return Math.fround(-Math.log(Math.fround(Math.fround(1 / p) - 1)));
}
