import { ModelFormatError } from '../evaluator.js';
import type { Schema } from '../reading/document.js';

/**
 * What XGBoost 1.6 to 3.4 write into a model (https://xgboost.readthedocs.io/en/stable/tutorials/saving_model.html and
 * doc/model.schema of its sources). A field of a later version is one that nobody here has read the meaning of.
 */
export const OLDEST = [1, 6] as const;
export const NEWEST = [3, 4] as const;

export const MODEL: Schema = { required: ['learner', 'version'] };

export const LEARNER: Schema = {
  required: ['learner_model_param', 'objective', 'gradient_booster'],
  optional: ['attributes', 'feature_names', 'feature_types'],
};

export const LEARNER_PARAMETERS: Schema = {
  required: ['base_score', 'num_class', 'num_feature'],
  // Since 1.6 and 1.7.
  optional: ['num_target', 'boost_from_average'],
};

/** What a version writes beside the trees; to an older one, which takes no notice of it, a later field means nothing. */
export const forestSchema = (version: number): Schema => ({
  required: ['gbtree_model_param', 'tree_info', 'trees'],
  optional: [
    ...(version >= versionOf(2, 0) ? ['iteration_indptr'] : []),
    ...(version >= versionOf(3, 1) ? ['cats'] : []),
    ...(version >= versionOf(3, 3) ? ['weight_drop'] : []),
  ],
});

export const FOREST_PARAMETERS: Schema = {
  required: ['num_trees', 'num_parallel_tree'],
  // Until 1.7.
  optional: ['size_leaf_vector'],
};

export const CATEGORIES: Schema = { required: ['enc', 'feature_segments', 'sorted_idx'] };

export const TREE: Schema = {
  required: [
    'base_weights',
    'categories',
    'categories_nodes',
    'categories_segments',
    'categories_sizes',
    'default_left',
    'id',
    'left_children',
    'loss_changes',
    'parents',
    'right_children',
    'split_conditions',
    'split_indices',
    'split_type',
    'sum_hessian',
    'tree_param',
  ],
};

export const TREE_PARAMETERS: Schema = {
  required: ['num_feature', 'num_nodes', 'size_leaf_vector'],
  optional: ['num_deleted'],
};

/** A version as a number to compare. */
export const versionOf = (major: number, minor: number): number => major * 1000 + minor;

/** The version that wrote the model, see {@link versionOf}. Refuses one that nobody here has read. */
export function knownVersion(version: ArrayLike<number>): number {
  const [major = Number.NaN, minor = Number.NaN] = Array.from(version);
  const number = versionOf(major, minor);
  if (number >= versionOf(...OLDEST) && number <= versionOf(...NEWEST)) return number;
  throw new ModelFormatError(
    `the model was saved by XGBoost ${major}.${minor}; this reader knows ${OLDEST.join('.')} to ${NEWEST.join('.')}. Load it in one of those and save it again`,
  );
}
