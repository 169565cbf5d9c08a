import { z } from 'zod';
import { Degraded } from '#contracts/events/deployment';
import { CanaryStep } from '#contracts/http/rollout';
import { Actor, Generation, ModelName, Timestamp, Uuid, Version, VersionRef } from '#contracts/primitives';

/** What set a deployment going. */
export const Trigger = z.enum([
  'operator',
  'gate',
  'accuracy-drop',
  'activation-failed',
  'deadline',
  'canary',
  'trial',
]);
export type Trigger = z.infer<typeof Trigger>;

/** Where one instance is in the current deployment. */
export const InstanceProgress = z.object({
  state: z.enum(['waiting', 'loaded', 'activated', 'failed']),
  /** From the command being accepted to the acknowledgement. */
  milliseconds: z.number().nullable(),
  detail: z.string().nullable(),
});
export type InstanceProgress = z.infer<typeof InstanceProgress>;

/** What a challenger has to show on its share of the tasks that the holdout could not. */
export const Trial = z.object({
  measure: z.enum(['failures', 'successes']),
  wanted: z.number(),
  /** Against a version whose accuracy has dropped it begins with the largest share: there is little to lose. */
  urgent: z.boolean().default(false),
});
export type Trial = z.infer<typeof Trial>;

const DeploymentBase = z.object({
  deployment_id: Uuid,
  /** The generation whose acknowledgements are awaited. */
  generation: Generation,
  from: VersionRef.nullable(),
  to: VersionRef,
  trigger: Trigger,
  actor: Actor,
  reason: z.string(),
  forced: z.boolean(),
  started_at: Timestamp,
  instances: z.record(z.string(), InstanceProgress),
  /** The canary steps so far. */
  steps: z.array(CanaryStep).default([]),
  /** Null for a version that passed the gate, or that somebody deploys. */
  trial: Trial.nullable().default(null),
  /** It takes the place of a version that the world has left behind: no canary step holds it back. */
  recovers: z.boolean().default(false),
  /** What `to` was before, and is again where somebody overtakes this. */
  was: z.enum(['registered', 'rejected', 'superseded', 'rolled-back']).default('registered'),
});

/**
 * Every instance is to load and verify `to`; what is live stays live. A drill ends there: it asks every instance
 * whether it could go back to `to` at once.
 */
export const Staging = DeploymentBase.extend({
  phase: z.literal('staging'),
  kind: z.enum(['deploy', 'drill']),
  deadline_at: Timestamp,
});
export type Staging = z.infer<typeof Staging>;

/** `to` answers a share of the tasks. */
export const Canary = DeploymentBase.extend({
  phase: z.literal('canary'),
  kind: z.literal('deploy'),
  percent: z.int().min(1).max(99),
  step_started_at: Timestamp,
  /** Null once every instance has followed: a step may last for hours. */
  deadline_at: Timestamp.nullable(),
});
export type Canary = z.infer<typeof Canary>;

/** `to` is live by decree; every instance is to answer with it. */
export const Activating = DeploymentBase.extend({
  phase: z.literal('activating'),
  kind: z.enum(['deploy', 'rollback']),
  deadline_at: Timestamp,
  /** The history as it was before, for a rollback that no instance can follow. */
  history_before: z.array(VersionRef),
});
export type Activating = z.infer<typeof Activating>;

export const ActiveDeployment = z.discriminatedUnion('phase', [Staging, Canary, Activating]);
export type ActiveDeployment = z.infer<typeof ActiveDeployment>;

export const LiveVersion = VersionRef.extend({
  since: Timestamp,
  /** The generation that made it live. */
  generation: Generation,
  /** Whether any instance has ever answered with it. */
  proven: z.boolean(),
});
export type LiveVersion = z.infer<typeof LiveVersion>;

/** A version that is scored beside the live one on its traffic and answers nobody. */
export const Shadow = VersionRef.extend({ since: Timestamp });
export type Shadow = z.infer<typeof Shadow>;

/** Everything the registry decides by for one model, except the catalogue of versions. */
export const ModelState = z.object({
  model: ModelName,
  generation: Generation,
  /** The history its generations belong to; another one from when a higher generation was found than it had given out. */
  epoch: Uuid.nullable().default(null),
  live: LiveVersion.nullable(),
  /** Formerly live and left for something newer, latest first: what a rollback goes back through. */
  history: z.array(VersionRef),
  /** What instances keep loaded beside the live version, latest first. */
  warm: z.array(VersionRef),
  active: ActiveDeployment.nullable(),
  shadow: Shadow.nullable().default(null),
  /** What instances are to say of the live version's answers. */
  degraded: Degraded.extend({ version: Version }).nullable().default(null),
  /** A version that passed the gate, or is to be tried, and waits for another deployment or for consent; the latest one counts. */
  queued: z
    .object({
      version: Version,
      champion: Version.nullable(),
      reason: z.string(),
      trial: Trial.nullable().default(null),
      /** It was judged on what came since the live version's accuracy dropped, so no cool-down holds it. */
      recovers: z.boolean().default(false),
    })
    .nullable(),
  /** Who consented to a version going live, for models that ask for it; good for one deployment. */
  consents: z.array(z.object({ version: Version, actor: Actor, reason: z.string(), at: Timestamp })).default([]),
  /** Until then nothing is deployed or rolled back automatically. */
  cool_down_until: Timestamp.nullable(),
});
export type ModelState = z.infer<typeof ModelState>;

export const initialState = (model: string): ModelState => ({
  model,
  generation: 0,
  epoch: null,
  live: null,
  history: [],
  warm: [],
  active: null,
  shadow: null,
  degraded: null,
  queued: null,
  consents: [],
  cool_down_until: null,
});
