import { z } from 'zod';
import {
  Actor,
  Generation,
  ModelName,
  Reason,
  Share,
  Timestamp,
  Uuid,
  Version,
  VersionOrAlias,
} from '../primitives.js';
import { defineOperations } from './operation.js';
import { ofModel } from './parameters.js';

/** One step of a canary: from then on it had this share of the tasks. */
export const CanaryStep = z
  .object({
    /** 100 is the promotion. */
    percent: z.int().min(1).max(100),
    generation: Generation,
    started_at: Timestamp,
    /** Outcomes the canary had by then. */
    outcomes_before: z.int().min(0),
    actor: Actor,
    /** The numbers that led there. */
    reason: z.string(),
  })
  .meta({ id: 'CanaryStep' });
export type CanaryStep = z.infer<typeof CanaryStep>;

/** Outcomes of the tasks that a version decided. */
const Arm = z.object({ outcomes: z.int(), failures: z.int() });

/** The relative improvement, with bounds that hold at every look. */
const TrialEstimate = z.object({ value: z.number(), low: z.number(), high: z.number() });

const TrialPoint = z
  .object({
    at: Timestamp,
    tasks: z.int(),
    /** Null before the first outcome of the arm. */
    canary_failure_rate: Share.nullable(),
    live_failure_rate: Share.nullable(),
    estimate: TrialEstimate.nullable(),
  })
  .meta({ id: 'TrialPoint' });

export const RunningCanary = z
  .object({
    deployment_id: Uuid,
    version: Version,
    /** What it is compared with. */
    live_version: Version.nullable(),
    percent: z.int(),
    /** Of the definition, ending at 100. */
    plan: z.array(z.int()),
    steps: z.array(CanaryStep),
    /** Since the canary began. */
    outcomes: z.object({ canary: Arm, live: Arm, in_step: z.int() }),
    /** What would be decided at this moment, and why. */
    next: z.enum(['advance', 'hold', 'abort']),
    reasons: z.array(z.string()),
    /** A challenger on trial, because the holdout could not tell; null for one that passed the gate. */
    trial: z
      .object({
        measure: z.enum(['failures', 'successes']),
        /** Relative improvement asked for. */
        wanted: z.number(),
        /** So far, with bounds that hold at every look; null before there are outcomes of both. */
        estimate: TrialEstimate.nullable(),
        /** How many more tasks it takes until the bounds tell; null where that cannot be said. */
        tasks_needed: z.int().nullable(),
        tasks: z.int(),
        most_tasks: z.int(),
        /** How it came about, at most two dozen points: each by the outcomes of all tasks decided until then. */
        curve: z.array(TrialPoint).optional(),
      })
      .nullable()
      .optional(),
  })
  .meta({ id: 'RunningCanary' });
export type RunningCanary = z.infer<typeof RunningCanary>;

/** `GET /v1/models/{m}/canary` */
export const CanaryStatus = z
  .object({ model: ModelName, generation: Generation, canary: RunningCanary.nullable() })
  .meta({ id: 'CanaryStatus' });
export type CanaryStatus = z.infer<typeof CanaryStatus>;

/** `POST /v1/models/{m}/canary/advance` and `…/abort` */
export const CanaryBody = z
  .object({
    reason: Reason,
    /** Rejected if the registry's generation is another one by then, so that a resend does not skip a step. */
    expected_generation: Generation.optional(),
  })
  .meta({ id: 'CanaryBody' });
export type CanaryBody = z.infer<typeof CanaryBody>;

/** 202: follow the deployment by its id. */
export const CanaryAccepted = z
  .object({
    deployment_id: Uuid,
    generation: Generation,
    version: Version,
    /** Of the tasks, from now on; 100 makes it live, 0 is the end of it. */
    percent: z.int().min(0).max(100),
  })
  .meta({ id: 'CanaryAccepted' });
export type CanaryAccepted = z.infer<typeof CanaryAccepted>;

/** `POST /v1/models/{m}/shadow` */
export const ShadowBody = z
  .object({
    /** Null ends the shadow. */
    version: VersionOrAlias.nullable(),
    reason: Reason,
    expected_generation: Generation.optional(),
  })
  .meta({ id: 'ShadowBody' });
export type ShadowBody = z.infer<typeof ShadowBody>;

/** What is known of a version that is scored without being served. */
export const RunningShadow = z
  .object({
    version: Version,
    since: Timestamp,
    /** Tasks with an outcome on which it said something about the action that was executed. */
    tasks: z.int(),
    /** Share of them on which it would have done what was done. */
    agreement: Share.nullable(),
    /** How those went; on the others nobody knows how its choice would have gone. */
    agreed: Arm,
    /** Share of the tasks on which it was right about the executed action, and the live version's in the same time. */
    accuracy: Share.nullable(),
    live_version: Version.nullable(),
    live_accuracy: Share.nullable(),
  })
  .meta({ id: 'RunningShadow' });
export type RunningShadow = z.infer<typeof RunningShadow>;

/** `GET /v1/models/{m}/shadow` */
export const ShadowStatus = z
  .object({ model: ModelName, generation: Generation, shadow: RunningShadow.nullable() })
  .meta({ id: 'ShadowStatus' });
export type ShadowStatus = z.infer<typeof ShadowStatus>;

/** How the registry brings versions to part of the traffic, or beside it. */
export const ROLLOUT_OPERATIONS = defineOperations({
  getCanary: {
    method: 'GET',
    path: '/v1/models/{model}/canary',
    tag: 'rollout',
    access: 'viewer',
    summary: 'The running canary: its share, its steps, its outcomes beside the live version, and what it waits for.',
    params: ofModel,
    replies: [{ status: 200, description: 'The canary; null if none is running.', schema: CanaryStatus }],
    problems: { 404: 'There is no such model.' },
  },
  advanceCanary: {
    method: 'POST',
    path: '/v1/models/{model}/canary/advance',
    tag: 'rollout',
    access: 'operator',
    summary: 'Goes to the next step without waiting for its conditions; after the last one, the version is live.',
    params: ofModel,
    body: { description: 'Why.', schema: CanaryBody },
    replies: [{ status: 202, description: 'Follow the deployment by its id.', schema: CanaryAccepted }],
    problems: { 404: 'There is no such model.', 409: 'No canary is running, or a stale expected_generation.' },
  },
  abortCanary: {
    method: 'POST',
    path: '/v1/models/{model}/canary/abort',
    tag: 'rollout',
    access: 'operator',
    summary: 'Takes the canary back; what is live stays live.',
    params: ofModel,
    body: { description: 'Why.', schema: CanaryBody },
    replies: [{ status: 202, description: 'Follow the deployment by its id.', schema: CanaryAccepted }],
    problems: { 404: 'There is no such model.', 409: 'No canary is running, or a stale expected_generation.' },
  },
  getShadow: {
    method: 'GET',
    path: '/v1/models/{model}/shadow',
    tag: 'rollout',
    access: 'viewer',
    summary: 'The version that is scored on live traffic without being served, and how it would have done.',
    params: ofModel,
    replies: [{ status: 200, description: 'The shadow; null if there is none.', schema: ShadowStatus }],
    problems: { 404: 'There is no such model.' },
  },
  setShadow: {
    method: 'POST',
    path: '/v1/models/{model}/shadow',
    tag: 'rollout',
    access: 'operator',
    summary: 'Scores a version beside the live one, or none from now on; nothing that is served changes.',
    params: ofModel,
    body: { description: 'Which version, and why.', schema: ShadowBody },
    replies: [{ status: 200, description: 'The shadow as it now is.', schema: ShadowStatus }],
    problems: {
      404: 'There is no such model.',
      409: 'Not possible now: no such version, live already, a deployment in progress, or a stale expected_generation.',
    },
  },
});
