import { z } from 'zod';
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
  VersionOrAlias,
  VersionRef,
} from '../primitives.js';

/** What an operator may add to any command so that a resend, or a decision on stale news, does no harm. */
const CommandOptions = z.looseObject({
  /** A second command with the same id is the same command. Without one, the message's CloudEvents id counts. */
  command_id: Uuid.optional(),
  model: ModelName.optional(),
  reason: Reason,
  actor: Actor.optional(),
  /** Rejected if the registry's generation is another one by then. */
  expected_generation: Generation.optional(),
});

export const DeployRequested = CommandOptions.extend({
  version: VersionOrAlias,
  /** Deploy against the gate's verdict; the audit log says so. */
  force: z.boolean().optional(),
}).meta({ id: 'DeployRequested', examples: [{ version: 'v1.1.0', reason: 'checked by hand' }] });
export type DeployRequested = z.infer<typeof DeployRequested>;

export const RollbackRequested = CommandOptions.extend({
  /** The version before the live one if left out. */
  version: VersionOrAlias.optional(),
}).meta({ id: 'RollbackRequested', examples: [{ reason: 'captchas everywhere since noon' }] });
export type RollbackRequested = z.infer<typeof RollbackRequested>;

export const RejectionCode = z.enum([
  'not-json',
  'invalid-command',
  'unknown-model',
  'unknown-version',
  'version-removed',
  'already-live',
  'nothing-to-roll-back-to',
  'verdict-not-pass',
  'stale-generation',
  'deployment-in-progress',
  'no-canary',
  'no-shadow',
  'no-live-version',
  'already-shadow',
  'approval-missing',
  'approval-not-wanted',
  'already-approved',
]);
export type RejectionCode = z.infer<typeof RejectionCode>;

export const CommandRejected = z
  .looseObject({
    command_id: z.string(),
    command: z.enum(['deploy', 'rollback', 'canary']),
    model: z.string(),
    code: RejectionCode,
    /** What was wrong and what to send instead. */
    detail: z.string(),
    field: z.string().nullable(),
    actor: z.string(),
    rejected_at: Timestamp,
  })
  .meta({ id: 'CommandRejected' });
export type CommandRejected = z.infer<typeof CommandRejected>;

/**
 * Why the desired state changed. `stage`, `shadow` and `degraded` go to `model.staged`, the others to the topic of the same meaning;
 * `degraded` goes there as `stage`, which instances of every release follow.
 */
export const DeploymentCause = z.enum(['stage', 'promote', 'canary', 'abort', 'rollback', 'shadow', 'degraded']);
export type DeploymentCause = z.infer<typeof DeploymentCause>;

/** The live version is worse than always giving the same answer, for sure, and nothing better is there: its answers say so. */
export const Degraded = z.object({
  /** When its accuracy began to drop. */
  since: Timestamp,
  /** Of the newest outcomes since then, so many were looked at. */
  outcomes: z.int(),
  live_accuracy: Share,
  /** Of always answering what was most common among them. */
  baseline_accuracy: Share,
  /** By the tenth of the confidence given, from 0 to 1: its decisions that were carried out, and those that came true. */
  calibration: z.array(z.object({ decisions: z.int(), came_true: z.int() })),
});
export type Degraded = z.infer<typeof Degraded>;

/**
 * Everything an instance should serve for a model: the value of `model.staged`, `model.canary-advanced`,
 * `model.promoted` and `model.rolled-back`. The one with the highest generation holds.
 */
export const DesiredState = z
  .looseObject({
    model: ModelName,
    generation: Generation,
    /** The registry history that gave the generation out; left out by older releases. */
    epoch: Uuid.nullable().optional(),
    deployment_id: Uuid,
    cause: DeploymentCause,
    live: VersionRef.nullable(),
    /** Load and verify this one, and acknowledge with `model.loaded`. */
    staged: VersionRef.nullable(),
    canary: VersionRef.extend({ percent: z.int().min(1).max(100) }).nullable(),
    shadow: VersionRef.nullable(),
    /** Of the live version; null while it is none, left out by older releases. */
    degraded: Degraded.nullable().optional(),
    /** Keep these loaded, so that a rollback touches no store. */
    warm: z.array(VersionRef),
    reason: z.string(),
    actor: Actor,
    issued_at: Timestamp,
    /** Acknowledgements later than this count as missing. */
    deadline_at: Timestamp,
  })
  .meta({ id: 'DesiredState' });
export type DesiredState = z.infer<typeof DesiredState>;

export const DeploymentFailed = z
  .looseObject({
    model: ModelName,
    deployment_id: Uuid,
    generation: Generation,
    version: Version,
    reason: z.string(),
    /** Instances that refused or stayed silent. */
    instances: z.array(z.string()),
    failed_at: Timestamp,
  })
  .meta({ id: 'DeploymentFailed' });
export type DeploymentFailed = z.infer<typeof DeploymentFailed>;

const Acknowledgement = z.looseObject({
  instance: z.string(),
  model: ModelName,
  generation: Generation,
  /** As the desired state had it; left out by older releases. */
  epoch: Uuid.nullable().optional(),
  version: Version,
  digest: Digest,
  at: Timestamp,
});

export const ModelLoaded = Acknowledgement.extend({
  load_ms: z.number(),
  golden: z.object({ cases: z.int(), max_abs_difference: z.number() }),
}).meta({ id: 'ModelLoaded' });
export type ModelLoaded = z.infer<typeof ModelLoaded>;

export const ModelActivated = Acknowledgement.extend({
  /** From reading the command off Kafka to answering with the version. */
  swap_ms: z.number(),
}).meta({ id: 'ModelActivated' });
export type ModelActivated = z.infer<typeof ModelActivated>;

export const ActivationFailed = Acknowledgement.extend({
  reason: z.enum([
    'package-missing',
    'digest-mismatch',
    'golden-mismatch',
    'unreadable-package',
    'store-unavailable',
    'out-of-memory',
  ]),
  detail: z.string(),
}).meta({ id: 'ActivationFailed' });
export type ActivationFailed = z.infer<typeof ActivationFailed>;

export const Heartbeat = z
  .looseObject({
    instance: z.string(),
    url: z.string(),
    started_at: Timestamp,
    at: Timestamp,
    ready: z.boolean(),
    /** Why it is not ready; null while it is, left out by older releases. */
    unready: z.string().nullable().optional(),
    /** Since when it hears nothing from Kafka although this message got there; null while it hears, left out by older releases. */
    deaf_since: Timestamp.nullable().optional(),
    models: z.array(
      z.object({
        model: ModelName,
        /** Highest generation seen, and the one it acts by; they differ while it cannot follow. */
        seen_generation: Generation,
        generation: Generation,
        /** Of the state it acts by; left out by older releases. */
        epoch: Uuid.nullable().optional(),
        version: Version.nullable(),
        digest: Digest.nullable(),
        canary: z.object({ version: Version, percent: z.int() }).nullable(),
        warm: z.array(Version),
      }),
    ),
  })
  .meta({ id: 'Heartbeat' });
export type Heartbeat = z.infer<typeof Heartbeat>;
