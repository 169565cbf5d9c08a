import { z } from 'zod';
import { Feature } from '#features/kinds';
import { Backend, TrainingEngine } from './backends.js';
import { GateProfile } from './gate-profile.js';
import { ModelName, Share } from './primitives.js';
import { TrainingWindow } from './training-window.js';

export { Feature, KindName } from '#features/kinds';
export { UrlDerivation } from '#features/source';
export { Backend } from './backends.js';
export { TrainingWindow } from './training-window.js';

export const Split = z.object({
  /** The field whose hash decides the part: rows with one key never fall into two parts. */
  key: z.string().min(1).default('task_id'),
  shares: z
    .object({ train: Share, validation: Share, test: Share })
    .refine((s) => Math.abs(s.train + s.validation + s.test - 1) < 1e-9, 'expected shares that add up to 1')
    .default({ train: 0.7, validation: 0.15, test: 0.15 }),
});
export type Split = z.infer<typeof Split>;

/**
 * Thresholds of the gate; see docs/judging.md. What is left out is the profile's: `seed` for an improvement of accuracy,
 * macro-F1 and failures by so much each, `policy` for fewer failures while accuracy and macro-F1 are not worse, `classifier` for
 * models without actions.
 */
export const GateThresholds = z.object({
  /** Without one: `policy` for a model that chooses actions, `classifier` for one that does not. */
  profile: GateProfile.optional(),
  /** Challenger minus champion; below 0, how much worse it may be. */
  accuracy_improvement: z.number().optional(),
  f1_macro_improvement: z.number().optional(),
  /** Relative: 0.05 asks for 5 % fewer failures. */
  failure_rate_reduction: z.number().optional(),
  /** Relative gain in successes, asked for instead where fewer than a fifth of the tasks succeed (profile `policy`). */
  success_gain: z.number().default(0.05),
  /** Below this effective sample size, on changed decisions, the failure-rate reduction is inconclusive. */
  minimum_effective_samples: z.number().min(1).default(30),
  /** Fewer holdout rows than this are not enough for any verdict but a fail. */
  minimum_holdout_rows: z.int().min(1).default(200),
  /** The holdout's last so many days are judged apart; after an accuracy drop it is what came since its onset. */
  recent_days: z.number().gt(0).default(28),
  /** Whether a model must tell the actions apart that it recommends. */
  distinguishes_actions: z.boolean().default(true),
  /** Confidence of the intervals. */
  confidence: z.number().gt(0.5).lt(1).default(0.95),
  bootstrap_samples: z.int().min(100).max(100_000).default(2000),
  /** Bounds the chance that in a year any challenger passes by luck: each look has its part of it. Left out, looks are not counted. */
  budget: z
    .object({
      false_promotions: z.number().gt(0).lt(1).default(0.05),
      /** For how many looks in 365 days it has to last; what is judged beyond them cannot pass. */
      looks: z.int().min(1).default(52),
    })
    .optional(),
});
export type GateThresholds = z.infer<typeof GateThresholds>;

/** How a challenger is tried live that the holdout could not tell from the champion. */
export const TrialPlan = z.object({
  /** Percentages of the traffic, ascending; the next one as soon as it is not worse for sure. */
  steps: z.array(z.int().min(1).max(90)).min(1).default([10, 25, 50]),
  /** A step lasts at least until the challenger has this many outcomes. */
  minimum_outcomes: z.int().min(0).default(200),
  /** It is over after so many tasks, … */
  tasks: z.int().min(1).default(20_000),
  /** … or so many days. */
  days: z.number().gt(0).default(14),
});
export type TrialPlan = z.infer<typeof TrialPlan>;

export const CanaryPlan = z.object({
  /** Percentages of the traffic, ascending, ending at 100. [100] deploys at once. */
  steps: z.array(z.int().min(1).max(100)).min(1).default([10, 25, 50, 100]),
  /** A step lasts at least this long … */
  step_minutes: z.number().min(0).default(30),
  /** … and until the canary has this many outcomes. */
  minimum_outcomes: z.int().min(0).default(200),
  /** What becomes of an inconclusive challenger that is not worse: it is tried live beside the champion, or kept for a person to decide. */
  on_inconclusive: z.enum(['trial', 'keep']).default('trial'),
  trial: TrialPlan.prefault({}),
});
export type CanaryPlan = z.infer<typeof CanaryPlan>;

/** How often `/v1/decide` tries another action than the best, so that a challenger's choices can be judged at all. */
export const Exploration = z.object({
  /** Share of the decisions in which any possible action is taken, each alike; 0 turns it off. */
  rate: z.number().min(0, 'expected a share from 0 to 0.5').max(0.5, 'expected a share from 0 to 0.5').default(0.05),
  /** By action, the share of the decisions in which it is tried at most where it is not the best; 0 for never. */
  caps: z.record(z.string(), Share).default({}),
});
export type Exploration = z.infer<typeof Exploration>;

export const Monitoring = z.object({
  /** Live accuracy this far below the reference is a drop. */
  accuracy_drop: z.number().gt(0).lt(1).default(0.05),
  /** After an automatic rollback nothing is deployed or rolled back automatically for this long. */
  cool_down_minutes: z.number().min(0).default(30),
  /** What data drift leads to. */
  on_drift: z.enum(['alert', 'retrain']).default('alert'),
});
export type Monitoring = z.infer<typeof Monitoring>;

/** How a run is carried out. */
export const TrainingRules = z.object({
  /**
   * `spark` has the trainer submit runs to a Spark cluster, `external` leaves them to trainers that take them by a lease, such as a
   * GPU machine; `built-in`, the trainer itself, if left out.
   */
  engine: TrainingEngine.optional(),
  /** A run that has taken this long is ended and counts as failed, whatever it hangs in: like 90m, 6h or 2d. 6h if left out. */
  deadline: z
    .string()
    .regex(/^[1-9]\d{0,4}[smhd]$/, 'expected a number and its unit, like 90m, 6h or 2d')
    .optional(),
});
export type TrainingRules = z.infer<typeof TrainingRules>;

const Common = z.object({
  name: ModelName,
  description: z.string().default(''),
  features: z.array(Feature).min(1),
  /** Refuse requests and events with an unknown feature or a value of the wrong type, instead of warning about them. */
  strict: z.boolean().optional(),
  split: Split.prefault({}),
  backend: Backend.default('xgboost'),
  /** Passed to the library under its own names, like max_depth or num_leaves; "rounds" is the number of boosting rounds or trees. */
  hyper_parameters: z.record(z.string(), z.union([z.number(), z.string(), z.boolean()])).default({}),
  /** Stop when the validation loss has not improved for this many rounds; 0 trains all rounds. */
  early_stopping_rounds: z.int().min(0).default(20),
  class_weights: z.enum(['none', 'balanced']).default('none'),
  /** Which rows it learns from: `auto`, `all`, or the newest `days` or `rows`, or all with a `half_life` in days; see docs/training.md. */
  training_window: TrainingWindow.default('auto'),
  seed: z.int().min(0).default(42),
  /** Cron line in UTC; empty for none. */
  schedule: z.string().default('0 2 * * 0'),
  minimum_rows: z.int().min(10).default(200),
  training: TrainingRules.optional(),
  gate: GateThresholds.prefault({}),
  canary: CanaryPlan.prefault({}),
  /** People who have to consent, by tokens of different names, before a version answers anybody; nobody's consent is needed if left out. */
  approvals: z.int().min(1).max(2).optional(),
  monitoring: Monitoring.prefault({}),
  /** Versions kept at least; never fewer than three. */
  retention: z.int().min(3).default(10),
});

/** Estimates P(success | features, action); serving recommends the action with the highest probability. */
const ActionOutcome = Common.extend({
  kind: z.literal('action-outcome'),
  actions: z.array(z.string().min(1)).min(2),
  exploration: Exploration.prefault({}),
  /** What is answered while the live version is worse than always giving the same answer: its decision all the same, or none, so that the engine uses its own rule. */
  fallback: z.enum(['decide', 'abstain']).optional(),
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
    if (definition.kind === 'action-outcome')
      for (const action of Object.keys(definition.exploration.caps))
        if (!definition.actions.includes(action))
          context.addIssue({
            code: 'custom',
            path: ['exploration', 'caps', action],
            message: `expected one of the actions: ${definition.actions.join(', ')}`,
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
