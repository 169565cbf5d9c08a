import { z } from 'zod';
import { ModelName, Share } from './primitives.js';

/** What stands in for a missing value: leave it to the trees, or fill with a statistic of the training part or a constant. */
const NumericFill = z.union([z.enum(['native', 'median', 'mean']), z.number()]);

/** What every feature has, of whatever kind. */
const Named = z.object({
  name: z.string().min(1),
  /** What a feature leads to that has one and the same value in every training row. One that is always missing is a warning. */
  when_constant: z.enum(['fail', 'warn']).default('fail'),
});

/** How categories become columns. */
const categories = {
  /** Up to this many categories are one-hot columns; beyond it the category becomes one ordinal column. */
  one_hot_limit: z.int().min(0).max(1000).default(32),
  /** Categories rarer than this in the training part share the "unseen" bucket. */
  minimum_count: z.int().min(1).default(1),
  /** More categories than this, without the rare ones, fail the run: they are identifiers more often than not. */
  max_categories: z.int().min(1).default(2000),
};

const NumericFeature = Named.extend({
  kind: z.literal('numeric'),
  fill: NumericFill.default('native'),
  /** Adds a 0/1 column that says the value was missing. */
  missing_indicator: z.boolean().default(false),
});

const BooleanFeature = Named.extend({
  kind: z.literal('boolean'),
  fill: z.union([z.enum(['native', 'mode']), z.boolean()]).default('native'),
  missing_indicator: z.boolean().default(false),
});

const CategoricalFeature = Named.extend({
  kind: z.literal('categorical'),
  ...categories,
});

/** Parts of a URL that one function in libs/domain computes for training and serving alike. */
export const UrlDerivation = z.enum(['domain', 'tld', 'path_depth', 'https']);
export type UrlDerivation = z.infer<typeof UrlDerivation>;

const UrlFeature = Named.extend({
  kind: z.literal('derived-from-url'),
  /** The input field that holds the URL. */
  url: z.string().min(1).default('url'),
  derive: UrlDerivation,
  ...categories,
});

export const Feature = z.discriminatedUnion('kind', [NumericFeature, BooleanFeature, CategoricalFeature, UrlFeature]);
export type Feature = z.infer<typeof Feature>;

export const Backend = z.enum(['xgboost', 'lightgbm', 'random-forest', 'ml-random-forest', 'ml-xgboost']);
export type Backend = z.infer<typeof Backend>;

export const Split = z.object({
  /** The field whose hash decides the part: rows with one key never fall into two parts. */
  key: z.string().min(1).default('task_id'),
  shares: z
    .object({ train: Share, validation: Share, test: Share })
    .refine((s) => Math.abs(s.train + s.validation + s.test - 1) < 1e-9, 'expected shares that add up to 1')
    .default({ train: 0.7, validation: 0.15, test: 0.15 }),
});
export type Split = z.infer<typeof Split>;

/** Thresholds of the gate; see docs/judging.md. */
export const GateThresholds = z.object({
  accuracy_improvement: z.number().default(0.01),
  f1_macro_improvement: z.number().default(0.01),
  failure_rate_reduction: z.number().default(0.05),
  /** Below this effective sample size the failure-rate reduction is inconclusive. */
  minimum_effective_samples: z.number().min(1).default(100),
  /** Confidence of the paired bootstrap interval. */
  confidence: z.number().gt(0.5).lt(1).default(0.95),
  bootstrap_samples: z.int().min(100).max(100_000).default(2000),
});
export type GateThresholds = z.infer<typeof GateThresholds>;

export const CanaryPlan = z.object({
  /** Percentages of the traffic, ascending, ending at 100. [100] deploys at once. */
  steps: z.array(z.int().min(1).max(100)).min(1).default([10, 25, 50, 100]),
  /** A step lasts at least this long … */
  step_minutes: z.number().min(0).default(30),
  /** … and until the canary has this many outcomes. */
  minimum_outcomes: z.int().min(0).default(200),
});
export type CanaryPlan = z.infer<typeof CanaryPlan>;

export const Monitoring = z.object({
  /** Live accuracy this far below the reference is a drop. */
  accuracy_drop: z.number().gt(0).lt(1).default(0.05),
  /** After an automatic rollback nothing is deployed or rolled back automatically for this long. */
  cool_down_minutes: z.number().min(0).default(30),
  /** What data drift leads to. */
  on_drift: z.enum(['alert', 'retrain']).default('alert'),
});
export type Monitoring = z.infer<typeof Monitoring>;

const Common = z.object({
  name: ModelName,
  description: z.string().default(''),
  features: z.array(Feature).min(1),
  split: Split.prefault({}),
  backend: Backend.default('xgboost'),
  /** Passed to the library under its own names, like max_depth or num_leaves; "rounds" is the number of boosting rounds or trees. */
  hyper_parameters: z.record(z.string(), z.union([z.number(), z.string(), z.boolean()])).default({}),
  /** Stop when the validation loss has not improved for this many rounds; 0 trains all rounds. */
  early_stopping_rounds: z.int().min(0).default(20),
  class_weights: z.enum(['none', 'balanced']).default('none'),
  seed: z.int().min(0).default(42),
  /** Cron line in UTC; empty for none. */
  schedule: z.string().default('0 2 * * 0'),
  minimum_rows: z.int().min(10).default(200),
  gate: GateThresholds.prefault({}),
  canary: CanaryPlan.prefault({}),
  monitoring: Monitoring.prefault({}),
  /** Versions kept at least; never fewer than three. */
  retention: z.int().min(3).default(10),
});

/** Estimates P(success | features, action); serving recommends the action with the highest probability. */
const ActionOutcome = Common.extend({
  kind: z.literal('action-outcome'),
  actions: z.array(z.string().min(1)).min(2),
});

/** Plain classification: the label is a column of the dataset. */
const MultiClass = Common.extend({
  kind: z.literal('multi-class'),
  label: z.string().min(1),
  classes: z.array(z.string().min(1)).min(2),
});

export const ModelDefinition = z
  .discriminatedUnion('kind', [ActionOutcome, MultiClass])
  .superRefine((definition, context) => {
    const seen = new Set<string>();
    definition.features.forEach((feature, index) => {
      if (seen.has(feature.name))
        context.addIssue({
          code: 'custom',
          path: ['features', index, 'name'],
          message: `"${feature.name}" is there twice`,
        });
      seen.add(feature.name);
    });
    const steps = definition.canary.steps;
    if (steps.at(-1) !== 100 || steps.some((step, i) => i > 0 && step <= (steps[i - 1] ?? 0)))
      context.addIssue({
        code: 'custom',
        path: ['canary', 'steps'],
        message: 'expected ascending percentages that end at 100, like [10, 25, 50, 100]',
      });
  })
  .meta({ id: 'ModelDefinition' });
export type ModelDefinition = z.infer<typeof ModelDefinition>;
