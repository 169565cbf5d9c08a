/** How a parameter is drawn: between two numbers, evenly or (for what works by factors) by their logarithm. */
export interface Range {
  readonly from: number;
  readonly to: number;
  readonly scale: 'even' | 'log';
  readonly whole?: true;
  /** Other names the library knows it by; a definition's value under any of them gives way to the drawn one. */
  readonly aliases?: readonly string[];
}

export const LEARNING_RATE: Range = { from: 0.02, to: 0.3, scale: 'log', aliases: ['eta', 'shrinkage_rate'] };
export const SUBSAMPLE: Range = { from: 0.6, to: 1, scale: 'even', aliases: ['bagging_fraction', 'bagging'] };
export const COLUMNS: Range = { from: 0.5, to: 1, scale: 'even', aliases: ['feature_fraction', 'sub_feature'] };
export const LAMBDA: Range = { from: 0.1, to: 10, scale: 'log', aliases: ['lambda', 'lambda_l2', 'l2_regularization'] };
export const CHILD_WEIGHT: Range = { from: 0.5, to: 20, scale: 'log' };

/** What of a backend's parameters is worth changing, and how far: narrow enough that no setting is senseless. */
export type SearchSpace = Readonly<Record<string, Range>>;

/** Of XGBoost, in whatever program. */
export const BOOSTED_XGBOOST: SearchSpace = {
  max_depth: { from: 3, to: 10, scale: 'even', whole: true },
  learning_rate: LEARNING_RATE,
  min_child_weight: CHILD_WEIGHT,
  subsample: SUBSAMPLE,
  colsample_bytree: COLUMNS,
  reg_lambda: LAMBDA,
};
