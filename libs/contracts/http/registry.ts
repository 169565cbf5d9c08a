import { z } from 'zod';
import { DeploymentCause } from '../events/deployment.js';
import { ModelEvaluated, Verdict } from '../events/evaluation.js';
import { TrainingStage, TuneTrials } from '../events/training.js';
import { Backend } from '../model-definition.js';
import { TrainingStats } from '../model-package.js';
import {
  Actor,
  Digest,
  Generation,
  ModelName,
  Reason,
  Share,
  Timestamp,
  Uuid,
  Version,
  VersionRef,
} from '../primitives.js';
import { CanaryStep } from './rollout.js';

/** Where a version is in its life. */
export const VersionState = z
  .enum(['registered', 'staged', 'canary', 'live', 'superseded', 'rolled-back', 'rejected', 'removed'])
  .meta({ id: 'VersionState' });
export type VersionState = z.infer<typeof VersionState>;

/** The seed's metadata of a version, and what came with it. */
export const VersionSummary = z
  .object({
    model: ModelName,
    version: Version,
    state: VersionState,
    digest: Digest,
    artifact_uri: z.string(),
    backend: Backend,
    created_at: Timestamp,
    deployed_at: Timestamp.nullable(),
    training_stats: TrainingStats,
    evaluation_metrics: z.object({
      accuracy: z.number().nullable(),
      f1_macro: z.number().nullable(),
      failure_rate_reduction: z.number().nullable(),
    }),
    verdict: Verdict.nullable(),
    dataset_size: z.int(),
    created_by: z.string(),
    run_id: Uuid.nullable(),
  })
  .meta({ id: 'VersionSummary' });
export type VersionSummary = z.infer<typeof VersionSummary>;

export const VersionDetail = VersionSummary.extend({
  /** Every number of the judgement; null until the evaluator has spoken. */
  evaluation: ModelEvaluated.nullable(),
  /** Gain of each column of the matrix, summing to 1, as in the package's manifest; left out when it cannot be read. */
  importance: z.record(z.string(), z.number()).optional(),
}).meta({ id: 'VersionDetail' });
export type VersionDetail = z.infer<typeof VersionDetail>;

export const InstanceAcknowledgement = z.object({
  instance: z.string(),
  state: z.enum(['waiting', 'loaded', 'activated', 'failed']),
  /** From the command being accepted to this instance's acknowledgement. */
  milliseconds: z.number().nullable(),
  detail: z.string().nullable(),
});

export const DeploymentState = z.enum(['staging', 'canary', 'activating', 'done', 'failed', 'superseded']);
export type DeploymentState = z.infer<typeof DeploymentState>;

export const Deployment = z
  .object({
    deployment_id: Uuid,
    model: ModelName,
    /** A drill changes nothing: it asks every instance whether it could go back at once. */
    kind: z.enum(['deploy', 'rollback', 'drill']),
    state: DeploymentState,
    cause: DeploymentCause,
    from_version: Version.nullable(),
    to_version: Version,
    generation: Generation,
    /** "operator", "gate", "accuracy-drop", "activation-failed" or "deadline". */
    trigger: z.string(),
    actor: Actor,
    reason: z.string(),
    forced: z.boolean(),
    started_at: Timestamp,
    finished_at: Timestamp.nullable(),
    instances: z.array(InstanceAcknowledgement),
    failure: z.string().nullable(),
    /** Of a canary, each with who wanted it and the numbers that led there. */
    steps: z.array(CanaryStep).optional(),
  })
  .meta({ id: 'Deployment' });
export type Deployment = z.infer<typeof Deployment>;

export const InstanceStatus = z
  .object({
    instance: z.string(),
    url: z.string(),
    ready: z.boolean(),
    last_seen: Timestamp,
    version: Version.nullable(),
    generation: Generation,
    seen_generation: Generation,
    warm: z.array(Version),
  })
  .meta({ id: 'InstanceStatus' });

export const ModelStatus = z
  .object({
    model: ModelName,
    generation: Generation,
    live: VersionRef.nullable(),
    live_since: Timestamp.nullable(),
    /** Where a rollback without a version would go now; null when there is nothing to go back to. */
    rollback_to: VersionRef.nullable().optional(),
    canary: VersionRef.extend({ percent: z.int() }).nullable(),
    /** Scored beside the live version without being served. */
    shadow: VersionRef.nullable().optional(),
    deployment: Deployment.nullable(),
    instances: z.array(InstanceStatus),
    versions: z.int(),
    dataset_rows: z.int(),
    /** How the live version does now; null before the first outcome of the last week, left out by older releases. */
    accuracy: z.lazy(() => AccuracyNow.nullable()).optional(),
    last_run: z.lazy(() => Run.nullable()),
    alerts: z.array(z.lazy(() => Alert)),
  })
  .meta({ id: 'ModelStatus' });
export type ModelStatus = z.infer<typeof ModelStatus>;

/** The latest minutes of a version's judged decisions, as many as it takes to have 500 of them, of the last week. */
export const AccuracyNow = z
  .object({
    version: Version,
    outcomes: z.int(),
    correct: z.int(),
    failures: z.int(),
    reference: Share.nullable(),
    /** When the first of these minutes began. */
    since: Timestamp,
  })
  .meta({ id: 'AccuracyNow' });
export type AccuracyNow = z.infer<typeof AccuracyNow>;

export const Alert = z
  .object({
    alert: z.string(),
    model: ModelName,
    since: Timestamp,
    detail: z.string(),
    resolved_at: Timestamp.nullable(),
  })
  .meta({ id: 'Alert' });
export type Alert = z.infer<typeof Alert>;

export const Run = z
  .object({
    run_id: Uuid,
    request_id: Uuid,
    model: ModelName,
    trigger: z.string(),
    actor: z.string(),
    state: z.enum(['queued', 'running', 'done', 'failed']),
    stage: TrainingStage,
    progress: Share,
    message: z.string(),
    backend: Backend,
    rows: z.int().nullable(),
    digest: Digest.nullable(),
    version: Version.nullable(),
    verdict: Verdict.nullable(),
    failure: z.string().nullable(),
    remedy: z.string().nullable(),
    queued_at: Timestamp,
    started_at: Timestamp.nullable(),
    finished_at: Timestamp.nullable(),
  })
  .meta({ id: 'Run' });
export type Run = z.infer<typeof Run>;

/** `GET /v1/runs/{run_id}/log`: one line, oldest first. */
export const RunLogLine = z
  .object({
    /** Counts from 1 without gaps; the log keeps the newest 1,000. */
    line: z.int(),
    at: Timestamp,
    level: z.enum(['info', 'warn', 'error']),
    stage: TrainingStage,
    /** Of the whole run; null where the line says nothing of it. */
    progress: Share.nullable(),
    message: z.string(),
  })
  .meta({ id: 'RunLogLine' });
export type RunLogLine = z.infer<typeof RunLogLine>;

const CommandBody = z.object({
  reason: Reason,
  command_id: Uuid.optional(),
  expected_generation: Generation.optional(),
});

/** `POST /v1/models/{m}/deploy` */
export const DeployBody = CommandBody.extend({ version: Version, force: z.boolean().optional() }).meta({
  id: 'DeployBody',
});
/** `POST /v1/models/{m}/rollback` */
export const RollbackBody = CommandBody.extend({ version: Version.optional() }).meta({ id: 'RollbackBody' });

/** `POST /v1/models/{m}/drill` */
export const DrillBody = z.object({ reason: Reason.default('rollback drill') }).meta({ id: 'DrillBody' });
export type DrillBody = z.infer<typeof DrillBody>;

/** 202: follow the rehearsal by its deployment id; its instances say how long each took. */
export const DrillAccepted = z
  .object({ deployment_id: Uuid, generation: Generation, live: Version, rollback_to: Version })
  .meta({ id: 'DrillAccepted' });
export type DrillAccepted = z.infer<typeof DrillAccepted>;

/** What was live before a deployment. */
export const Backup = z
  .object({
    backup_id: Uuid,
    model: ModelName,
    version: Version,
    digest: Digest,
    generation: Generation,
    /** The deployment it was taken before. */
    deployment_id: Uuid,
    taken_at: Timestamp,
    /** When every file was last found to be what the digest says. */
    verified_at: Timestamp.nullable(),
    /** What was wrong at the last look. */
    problem: z.string().nullable(),
    /** Where the second copy is, if there is a second store. */
    copy_uri: z.string().nullable(),
  })
  .meta({ id: 'Backup' });
export type Backup = z.infer<typeof Backup>;

/** `POST /v1/models/{m}/backups/{id}/restore` */
export const RestoreBody = z.object({ reason: Reason, command_id: Uuid.optional() }).meta({ id: 'RestoreBody' });
export type RestoreBody = z.infer<typeof RestoreBody>;

/** 202: the command is in the log; follow the deployment by its id. */
export const CommandAccepted = z
  .object({
    command_id: Uuid,
    deployment_id: Uuid,
    generation: Generation,
    from_version: Version.nullable(),
    to_version: Version,
  })
  .meta({ id: 'CommandAccepted' });
export type CommandAccepted = z.infer<typeof CommandAccepted>;

/** 202: the package is whole again; `command` is the rollback to it, null if the version is live already. */
export const RestoreAccepted = z
  .object({ backup: Backup, command: CommandAccepted.nullable() })
  .meta({ id: 'RestoreAccepted' });
export type RestoreAccepted = z.infer<typeof RestoreAccepted>;

/** `POST /v1/models/{m}/retrain` */
export const RetrainBody = z
  .object({
    request_id: Uuid.optional(),
    model_type: Backend.optional(),
    since_days: z.int().min(1).optional(),
    use_api: z.boolean().optional(),
    auto_deploy: z.boolean().default(true),
    /** Settings of the hyper-parameters to try, the definition's own among them; the best on validation is kept. */
    tune: TuneTrials.optional(),
    reason: z.string().optional(),
    trigger: z.enum(['cli', 'console', 'api']).default('api'),
  })
  .meta({ id: 'RetrainBody' });
export type RetrainBody = z.infer<typeof RetrainBody>;

export const RetrainAccepted = z.object({ request_id: Uuid, model: ModelName }).meta({ id: 'RetrainAccepted' });

export const AuditRecord = z
  .object({
    sequence: z.int(),
    at: Timestamp,
    actor: Actor,
    action: z.string(),
    model: ModelName.nullable(),
    reason: z.string(),
    before: z.unknown(),
    after: z.unknown(),
    previous_hash: z.string(),
    hash: z.string(),
  })
  .meta({ id: 'AuditRecord' });
export type AuditRecord = z.infer<typeof AuditRecord>;

export const AuditVerification = z
  .object({ intact: z.boolean(), records: z.int(), broken_at: z.int().nullable(), detail: z.string() })
  .meta({ id: 'AuditVerification' });
export type AuditVerification = z.infer<typeof AuditVerification>;

/** `GET /v1/models/{m}/compare?from=&to=` */
export const VersionComparison = z
  .object({
    model: ModelName,
    from: VersionDetail,
    to: VersionDetail,
    /** Same metric of both; the difference is to minus from. */
    metrics: z.array(
      z.object({
        metric: z.string(),
        from: z.number().nullable(),
        to: z.number().nullable(),
        difference: z.number().nullable(),
      }),
    ),
    /** Whether both were scored on the same holdout rows, without which the differences mean little. */
    same_holdout: z.boolean(),
  })
  .meta({ id: 'VersionComparison' });
export type VersionComparison = z.infer<typeof VersionComparison>;

export const Role = z.enum(['viewer', 'operator', 'admin']).meta({ id: 'Role' });
export type Role = z.infer<typeof Role>;

/** `GET /v1/whoami`: whose token this is. */
export const Whoami = z.object({ name: Actor, role: Role }).meta({ id: 'Whoami' });
export type Whoami = z.infer<typeof Whoami>;

/** `POST /v1/tokens`; the token itself is shown once. */
export const TokenBody = z.object({ name: Actor, role: Role }).meta({ id: 'TokenBody' });
export const TokenCreated = z.object({ name: Actor, role: Role, token: z.string() }).meta({ id: 'TokenCreated' });

/** One server-sent event of `GET /v1/events`: `event` is the topic, `data` the message value. */
export const ServerSentEvent = z.object({ topic: z.string(), data: z.unknown() }).meta({ id: 'ServerSentEvent' });
