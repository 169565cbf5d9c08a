import { z } from 'zod';
import { Backend, Grower, TrainingEngine } from '../backends.js';
import { ImportFormat, TrainingStats } from '../model-package.js';
import { Actor, Digest, ModelName, Reason, Share, Timestamp, Uuid } from '../primitives.js';

export const TrainingTrigger = z.enum(['schedule', 'cli', 'console', 'api', 'drift', 'accuracy-drop']);

/** Settings that a search may try at most. */
export const TuneTrials = z.int().min(1).max(200);

export const ModelImport = z.object({ format: ImportFormat, model: Digest, description: Digest });
export type ModelImport = z.infer<typeof ModelImport>;

export const TrainingRequested = z
  .looseObject({
    /** Repeating an id starts nothing new. */
    request_id: Uuid,
    model: ModelName,
    trigger: TrainingTrigger,
    actor: Actor,
    requested_at: Timestamp,
    /** Overrides the definition's backend for this run. */
    model_type: Backend.optional(),
    /** Overrides the definition's engine for this run. */
    engine: TrainingEngine.optional(),
    /** Collect first, from this many days back. The dataset still holds everything. */
    since_days: z.int().min(1).optional(),
    use_api: z.boolean().optional(),
    auto_deploy: z.boolean().default(true),
    /** Try this many settings of the hyper-parameters, the definition's own first, and keep the best on validation. */
    tune: TuneTrials.optional(),
    /** Make a package of a model trained elsewhere instead of training one; both are uploads in the artifact store. */
    import: ModelImport.optional(),
    reason: z.string().optional(),
  })
  .meta({ id: 'TrainingRequested' });
export type TrainingRequested = z.infer<typeof TrainingRequested>;

export const TrainingStage = z.enum(['queued', 'snapshot', 'prepare', 'train', 'package', 'done']);
export type TrainingStage = z.infer<typeof TrainingStage>;

export const TrainingProgress = z
  .looseObject({
    run_id: Uuid,
    request_id: Uuid,
    model: ModelName,
    stage: TrainingStage,
    /** Of the whole run. */
    progress: Share,
    /** One line for a person, like "round 120 of 200, validation log-loss 0.412". */
    message: z.string(),
    at: Timestamp,
  })
  .meta({ id: 'TrainingProgress' });
export type TrainingProgress = z.infer<typeof TrainingProgress>;

export const SnapshotRef = z
  .object({
    hash: Digest,
    uri: z.string(),
    rows: z.int(),
    /** Event time up to which rows are in it. */
    watermark: Timestamp,
  })
  .meta({ id: 'SnapshotRef' });
export type SnapshotRef = z.infer<typeof SnapshotRef>;

export const ModelTrained = z
  .looseObject({
    run_id: Uuid,
    request_id: Uuid,
    model: ModelName,
    backend: Grower,
    digest: Digest,
    artifact_uri: z.string(),
    snapshot: SnapshotRef,
    training_stats: TrainingStats,
    dataset_size: z.int(),
    auto_deploy: z.boolean(),
    actor: Actor,
    /** "retraining_job" for scheduled and requested runs, "import" for models trained elsewhere. */
    created_by: z.string(),
    duration_ms: z.number(),
    trained_at: Timestamp,
  })
  .meta({ id: 'ModelTrained' });
export type ModelTrained = z.infer<typeof ModelTrained>;

export const TrainingFailed = z
  .looseObject({
    run_id: Uuid,
    request_id: Uuid,
    model: ModelName,
    stage: TrainingStage,
    /** What went wrong. */
    reason: z.string(),
    /** What to do about it. */
    remedy: z.string(),
    failed_at: Timestamp,
  })
  .meta({ id: 'TrainingFailed' });
export type TrainingFailed = z.infer<typeof TrainingFailed>;

/** A command: end this run, wherever it is, without a package. */
export const CancelRequested = z
  .looseObject({ run_id: Uuid, model: ModelName, actor: Actor, reason: Reason, requested_at: Timestamp })
  .meta({ id: 'CancelRequested' });
export type CancelRequested = z.infer<typeof CancelRequested>;

export const TrainingCancelled = z
  .looseObject({
    run_id: Uuid,
    request_id: Uuid,
    model: ModelName,
    /** Where it was. */
    stage: TrainingStage,
    actor: Actor,
    reason: Reason,
    cancelled_at: Timestamp,
  })
  .meta({ id: 'TrainingCancelled' });
export type TrainingCancelled = z.infer<typeof TrainingCancelled>;
