import { z } from 'zod';
import { GateProfile } from '../gate-profile.js';
import { Digest, ModelName, Share, Timestamp, Uuid, Version, VersionRef } from '../primitives.js';
import { ModelTrained } from './training.js';

export const Verdict = z.enum(['pass', 'fail', 'inconclusive', 'error']).meta({ id: 'Verdict' });
export type Verdict = z.infer<typeof Verdict>;

export const Interval = z
  .object({ low: z.number(), high: z.number(), confidence: z.number() })
  .meta({ id: 'Interval' });
export type Interval = z.infer<typeof Interval>;

export const ClassMetrics = z.object({
  class: z.string(),
  precision: z.number(),
  recall: z.number(),
  f1: z.number(),
  support: z.int(),
});

export const HoldoutMetrics = z
  .object({
    rows: z.int(),
    accuracy: Share,
    f1_macro: Share,
    log_loss: z.number(),
    brier: z.number(),
    /** Null where only one class is present. One-against-rest average beyond two classes. */
    roc_auc: z.number().nullable(),
    /**
     * The ROC curve of the second of two classes, from (0, 0) to (1, 1): share of false alarms and of hits. Left out where there are
     * more classes or rows of one only, and by older releases.
     */
    roc: z.array(z.object({ false_alarms: Share, hits: Share })).optional(),
    per_class: z.array(ClassMetrics),
    /** Rows are the truth, columns the prediction, both in the order of `classes`. */
    confusion_matrix: z.array(z.array(z.int())),
    classes: z.array(z.string()),
    calibration: z.array(z.object({ predicted: z.number(), observed: z.number(), rows: z.int() })),
  })
  .meta({ id: 'HoldoutMetrics' });
export type HoldoutMetrics = z.infer<typeof HoldoutMetrics>;

/** One way to estimate what would have come of a policy's choices. */
export const PolicyEstimate = z
  .object({
    method: z.enum(['doubly-robust', 'importance-weighting', 'matched-replay']),
    /** Relative: 0.15 means 15 % fewer failures. Null when it could not be estimated. */
    value: z.number().nullable(),
    /** Of matched replay, widened to what the engine may have known and the log does not say. */
    interval: Interval.nullable(),
    /** Of matched replay: chance alone, as if the engine had known nothing more. It never decides alone. */
    chance_interval: Interval.nullable().optional(),
    effective_samples: z.number(),
    /** Relative gain in successes, for actions that rarely succeed. */
    success_gain: z.object({ value: z.number(), interval: Interval }).nullable().optional(),
    challenger_failure_rate: z.number().nullable(),
    baseline_failure_rate: z.number().nullable(),
    /** Share of the rows for whose choice there is no logged outcome to learn from. */
    unsupported: z.number(),
  })
  .meta({ id: 'PolicyEstimate' });
export type PolicyEstimate = z.infer<typeof PolicyEstimate>;

export const FailureRateReduction = z
  .object({
    /** By what the value was estimated: the first of these that had enough samples. */
    method: z.enum(['doubly-robust', 'importance-weighting', 'matched-replay', 'not-applicable']),
    /** Relative: 0.15 means 15 % fewer failures. Null when it could not be estimated. */
    value: z.number().nullable(),
    interval: Interval.nullable(),
    chance_interval: Interval.nullable().optional(),
    /** Kish's, on the rows on which the policies choose differently: all the others say nothing about the difference. */
    effective_samples: z.number(),
    success_gain: PolicyEstimate.shape.success_gain,
    /** Estimated failure rates of the two policies the value compares. */
    challenger_failure_rate: z.number().nullable().optional(),
    baseline_failure_rate: z.number().nullable().optional(),
    /** The champion's policy, or what was logged where there is no champion. */
    baseline: z.enum(['champion', 'logged']).optional(),
    /** Share of the rows on which the policies choose differently. */
    changed_decisions: z.number().optional(),
    /** Share of the rows for whose choice there is no logged outcome to learn from. */
    unsupported: z.number().optional(),
    /** Of the rows that say with which probability their action was chosen, the share chosen at random (0 < p < 1). */
    explored: z.number().optional(),
    /**
     * Explored actions that were carried out, of those that the logged probabilities let expect: well below 1, the engine
     * overrides them, and what is left is not what was drawn.
     */
    followed_exploration: z.number().nullable().optional(),
    /** The same by every method, for comparison. */
    estimates: z.array(PolicyEstimate).optional(),
  })
  .meta({ id: 'FailureRateReduction' });
export type FailureRateReduction = z.infer<typeof FailureRateReduction>;

export const GateCheck = z
  .object({
    check: z.enum([
      'accuracy_improvement',
      'f1_macro_improvement',
      'failure_rate_reduction',
      'beats_baseline',
      'enough_evidence',
      'distinguishes_actions',
    ]),
    outcome: Verdict.or(z.literal('not-applicable')),
    value: z.number().nullable(),
    threshold: z.number().nullable(),
    /** One sentence with the numbers in it. */
    explanation: z.string(),
  })
  .meta({ id: 'GateCheck' });
export type GateCheck = z.infer<typeof GateCheck>;

/** What so many rows could have shown. */
export const Power = z
  .object({
    measure: z.enum(['accuracy', 'failures', 'successes']),
    /** An improvement of less than this would be missed more often than once in five times. */
    detectable: z.number(),
    /** What is asked for … */
    wanted: z.number(),
    /** … and how many rows it takes to see that much, four times in five. */
    rows_needed: z.int(),
    /** All of it in a sentence. */
    explanation: z.string(),
  })
  .meta({ id: 'Power' });
export type Power = z.infer<typeof Power>;

/** The same checks on the recent part of the holdout. */
export const RecentGate = z
  .object({
    /** Rows from here on. */
    since: Timestamp,
    /**
     * After a drop of accuracy it is what came since its onset; where the challenger (`changed`) or the live version (`window`) has learnt
     * mostly from its newest rows, as these are foreseen better so, what came since then; else the definition's `recent_days`.
     */
    because: z.enum(['accuracy-drop', 'changed', 'window', 'data-drift', 'definition']),
    rows: z.int(),
    /** Whether the verdict is this one: unless it is the definition's, where the two disagree. */
    decides: z.boolean(),
    verdict: Verdict,
    checks: z.array(GateCheck),
    challenger_accuracy: Share,
    champion_accuracy: Share.nullable(),
  })
  .meta({ id: 'RecentGate' });
export type RecentGate = z.infer<typeof RecentGate>;

export const GateResult = z
  .object({
    verdict: Verdict,
    checks: z.array(GateCheck),
    summary: z.string(),
    profile: GateProfile.optional(),
    power: z.array(Power).optional(),
    /** Whether trying it on a share of the tasks would tell; with the reason. */
    trial: z
      .object({
        suited: z.boolean(),
        reason: z.string(),
        /** What a trial would have to show. */
        measure: z.enum(['failures', 'successes']).optional(),
        wanted: z.number().optional(),
        /** The world has left the live version behind, so there is little to lose by a large share. */
        urgent: z.boolean().optional(),
      })
      .optional(),
    /** How many challengers of the model were judged in the last 365 days, this one included. */
    looks: z.int().optional(),
    /** Left out where the recent rows are too few, or all there are. */
    recent: RecentGate.optional(),
  })
  .meta({ id: 'GateResult' });
export type GateResult = z.infer<typeof GateResult>;

/** One part of the holdout: the rows with this value of this feature, or of the executed action. */
export const HoldoutSlice = z
  .object({
    feature: z.string(),
    value: z.string(),
    rows: z.int(),
    accuracy: Share,
    interval: Interval,
    champion_accuracy: Share.nullable(),
  })
  .meta({ id: 'HoldoutSlice' });
export type HoldoutSlice = z.infer<typeof HoldoutSlice>;

export const ModelEvaluated = z
  .looseObject({
    evaluation_id: Uuid,
    model: ModelName,
    trained: ModelTrained,
    champion: VersionRef.nullable(),
    holdout: z.object({ snapshot_hash: Digest, rows: z.int() }),
    challenger_metrics: HoldoutMetrics.nullable(),
    champion_metrics: HoldoutMetrics.nullable(),
    /** Accuracy of always answering the most common class. */
    baseline_accuracy: Share.nullable(),
    /** Paired bootstrap, challenger minus champion, or minus the baseline where there is no champion. */
    accuracy_difference: Interval.nullable(),
    f1_macro_difference: Interval.nullable().optional(),
    mcnemar_p_value: z.number().nullable(),
    /** The challenger on parts of the holdout, the worst first. */
    slices: z.array(HoldoutSlice).optional(),
    failure_rate_reduction: FailureRateReduction,
    gate: GateResult,
    report_uri: z.string().nullable(),
    evaluated_at: Timestamp,
  })
  .meta({ id: 'ModelEvaluated' });
export type ModelEvaluated = z.infer<typeof ModelEvaluated>;

export const AccuracyDrop = z
  .looseObject({
    /** One per episode. */
    episode_id: Uuid,
    model: ModelName,
    version: Version,
    generation: z.int(),
    reference_accuracy: Share,
    live_accuracy: Share,
    interval: Interval,
    outcomes: z.int(),
    /** When the drop is estimated to have begun. */
    onset_at: Timestamp,
    detected_at: Timestamp,
  })
  .meta({ id: 'AccuracyDrop' });
export type AccuracyDrop = z.infer<typeof AccuracyDrop>;

/** How far what a model is asked about has moved from the rows it was trained on. */
export const FeatureDrift = z.object({
  /** Name of a feature, or "prediction" for how sure the model is of its decisions. */
  feature: z.string(),
  /** Population stability index; from 0.2 on it matters. */
  psi: z.number(),
  p_value: z.number().nullable(),
  missing_rate_change: z.number(),
  /** Change of the share of values that training never saw. */
  unseen_rate_change: z.number(),
});

export const DriftDetected = z
  .looseObject({
    model: ModelName,
    version: Version,
    features: z.array(FeatureDrift.partial({ unseen_rate_change: true })),
    rows: z.int(),
    detected_at: Timestamp,
  })
  .meta({ id: 'DriftDetected' });
export type DriftDetected = z.infer<typeof DriftDetected>;

export const DatasetShrunk = z
  .looseObject({ model: ModelName, rows: z.int(), last_trained_rows: z.int(), detected_at: Timestamp })
  .meta({ id: 'DatasetShrunk' });
export type DatasetShrunk = z.infer<typeof DatasetShrunk>;
