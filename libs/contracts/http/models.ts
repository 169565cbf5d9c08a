import { z } from 'zod';
import { Degraded } from '../events/deployment.js';
import { Generation, ModelName, Share, Timestamp, Version, VersionRef } from '../primitives.js';
import { Approval, Deployment } from './deployments.js';
import { defineOperations } from './operation.js';
import { ofModel } from './parameters.js';
import { Run } from './runs.js';

export const InstanceStatus = z
  .object({
    instance: z.string(),
    url: z.string(),
    /** Its own word; never while it is deaf. */
    ready: z.boolean(),
    /** Why it is not ready; null while it is, left out by older releases. */
    unready: z.string().nullable().optional(),
    /** Since when it sends and hears nothing: it cannot follow what is decided. Left out by older releases. */
    deaf_since: Timestamp.nullable().optional(),
    last_seen: Timestamp,
    version: Version.nullable(),
    generation: Generation,
    /**
     * How it stands to what is wanted: `idle` has heard of nothing although a version is live, `ahead` acts by a generation
     * that the registry has not given out, `other-history` by one of a history it has left. Left out by older releases.
     */
    standing: z.enum(['in-step', 'idle', 'behind', 'ahead', 'other-history']).optional(),
    seen_generation: Generation,
    warm: z.array(Version),
  })
  .meta({ id: 'InstanceStatus' });

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
    /** One of ALERTS; a newer registry may know more. */
    alert: z.string(),
    model: ModelName,
    since: Timestamp,
    detail: z.string(),
    resolved_at: Timestamp.nullable(),
  })
  .meta({ id: 'Alert' });
export type Alert = z.infer<typeof Alert>;

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
    /** The live version is worse than always giving the same answer, and its answers say so; null while it is not. */
    degraded: Degraded.nullable().optional(),
    /** What waits for people's consent; null while nothing does, left out by older releases. */
    approval: Approval.nullable().optional(),
    deployment: Deployment.nullable(),
    /** Since when the registry hears nothing from Kafka: instances are as they were then. Null while it hears, left out by older releases. */
    deaf_since: Timestamp.nullable().optional(),
    instances: z.array(InstanceStatus),
    /** Instances that fell silent within the last hour without taking leave: killed, or standing still. Left out by older releases. */
    missing: z.array(z.object({ instance: z.string(), last_seen: Timestamp })).optional(),
    versions: z.int(),
    dataset_rows: z.int(),
    /** How the live version does now; null before the first outcome of the last week, left out by older releases. */
    accuracy: z.lazy(() => AccuracyNow.nullable()).optional(),
    last_run: z.lazy(() => Run.nullable()),
    alerts: z.array(z.lazy(() => Alert)),
  })
  .meta({ id: 'ModelStatus' });
export type ModelStatus = z.infer<typeof ModelStatus>;

/** What there is, and how it does. */
export const MODEL_OPERATIONS = defineOperations({
  listModels: {
    method: 'GET',
    path: '/v1/models',
    tag: 'models',
    access: 'viewer',
    summary: 'Every model: what is live, who serves it, what is under way.',
    replies: [{ status: 200, description: 'One entry per model definition.', schema: z.array(ModelStatus) }],
  },
  getModel: {
    method: 'GET',
    path: '/v1/models/{model}',
    tag: 'models',
    access: 'viewer',
    summary: 'One model: live version, generation, canary, instances, dataset size, last run, open alerts.',
    params: ofModel,
    replies: [{ status: 200, description: 'The model.', schema: ModelStatus }],
    problems: { 404: 'There is no such model.' },
  },
});
