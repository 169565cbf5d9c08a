import type { Backend } from '#contracts/model-definition';
import type { Random } from '#domain/statistics/random';

/** How a parameter is drawn: between two numbers, evenly or (for what works by factors) by their logarithm. */
interface Range {
  readonly from: number;
  readonly to: number;
  readonly scale: 'even' | 'log';
  readonly whole?: true;
  /** Other names the library knows it by; a definition's value under any of them gives way to the drawn one. */
  readonly aliases?: readonly string[];
}

const LEARNING_RATE: Range = { from: 0.02, to: 0.3, scale: 'log', aliases: ['eta', 'shrinkage_rate'] };
const SUBSAMPLE: Range = { from: 0.6, to: 1, scale: 'even', aliases: ['bagging_fraction', 'bagging'] };
const COLUMNS: Range = { from: 0.5, to: 1, scale: 'even', aliases: ['feature_fraction', 'sub_feature'] };
const LAMBDA: Range = { from: 0.1, to: 10, scale: 'log', aliases: ['lambda', 'lambda_l2', 'l2_regularization'] };
const CHILD_WEIGHT: Range = { from: 0.5, to: 20, scale: 'log' };

const BOOSTED_XGBOOST: Readonly<Record<string, Range>> = {
  max_depth: { from: 3, to: 10, scale: 'even', whole: true },
  learning_rate: LEARNING_RATE,
  min_child_weight: CHILD_WEIGHT,
  subsample: SUBSAMPLE,
  colsample_bytree: COLUMNS,
  reg_lambda: LAMBDA,
};

/** What is worth changing, and how far: narrow enough that no setting is senseless. */
const SPACES: Record<Backend, Readonly<Record<string, Range>>> = {
  xgboost: BOOSTED_XGBOOST,
  'ml-xgboost': BOOSTED_XGBOOST,
  lightgbm: {
    num_leaves: { from: 15, to: 127, scale: 'log', whole: true, aliases: ['num_leaf', 'max_leaves', 'max_leaf_nodes'] },
    learning_rate: LEARNING_RATE,
    min_data_in_leaf: {
      from: 5,
      to: 100,
      scale: 'log',
      whole: true,
      aliases: ['min_child_samples', 'min_data_per_leaf', 'min_data', 'min_samples_leaf'],
    },
    subsample: SUBSAMPLE,
    colsample_bytree: COLUMNS,
    reg_lambda: LAMBDA,
  },
  'random-forest': {
    max_depth: { from: 6, to: 18, scale: 'even', whole: true },
    min_child_weight: CHILD_WEIGHT,
    subsample: { from: 0.5, to: 1, scale: 'even' },
    colsample_bynode: { from: 0.2, to: 1, scale: 'even' },
  },
  'ml-random-forest': {
    maxDepth: { from: 4, to: 20, scale: 'even', whole: true, aliases: ['max_depth'] },
    minNumSamples: { from: 2, to: 12, scale: 'even', whole: true },
    gainThreshold: { from: 0.001, to: 0.05, scale: 'log' },
  },
};

/**
 * A definition's parameters with those of the search space drawn anew. The same sequence of draws gives the same
 * parameters; numbers keep three significant digits, so that a person can write them into a definition.
 */
export function drawParameters(
  backend: Backend,
  given: ReadonlyMap<string, string>,
  random: Random,
): Map<string, string> {
  const drawn = new Map(given);
  for (const [name, range] of Object.entries(SPACES[backend])) {
    for (const alias of range.aliases ?? []) drawn.delete(alias);
    drawn.set(name, String(draw(range, random())));
  }
  return drawn;
}

/** @param at position between the ends, 0 to 1 */
function draw({ from, to, scale, whole }: Range, at: number): number {
  const value = scale === 'log' ? from * (to / from) ** at : from + (to - from) * at;
  return whole ? Math.round(value) : Number(value.toPrecision(3));
}
