import { z } from 'zod';
import { Grower } from '../backends.js';
import { SnapshotRef, TrainingStage, TuneTrials } from '../events/training.js';
import { ModelDefinition } from '../model-definition.js';
import { ImportFormat } from '../model-package.js';
import { Digest, ModelName, Prose, Share, Timestamp, Uuid } from '../primitives.js';
import { defineOperations } from './operation.js';
import { ImportDescription } from './packages.js';

/** Seconds until a lease runs out, counted from the last time that its trainer was heard of. */
const LeaseSeconds = z.int().min(5, 'expected 5 to 3600 seconds').max(3600, 'expected 5 to 3600 seconds').default(60);

/** `POST /v1/training/leases` */
export const TakeLeaseBody = z
  .object({
    /** Only this run; the oldest that waits if left out. */
    run_id: Uuid.optional(),
    /** Only runs of this model. */
    model: ModelName.optional(),
    lease_seconds: LeaseSeconds,
  })
  .meta({ id: 'TakeLeaseBody' });

/** A run that is an external trainer's until `expires_at`, and all that it takes to train. */
export const Lease = z
  .object({
    lease_id: Uuid,
    expires_at: Timestamp,
    run_id: Uuid,
    request_id: Uuid,
    model: ModelName,
    definition: ModelDefinition,
    /** What the run was asked to train with; another library that the registry takes will do as well. */
    backend: Grower,
    /** Settings of the hyper-parameters to try; null for the definition's own alone. */
    tune: TuneTrials.nullable(),
    /** The frozen rows, as Parquet in the artifact store; `GET …/snapshot` gives the same file. */
    snapshot: SnapshotRef,
    /** How often the run was begun, this time included. */
    attempts: z.int(),
  })
  .meta({ id: 'Lease' });
export type Lease = z.infer<typeof Lease>;

export const LeaseTaken = z
  .object({
    /** Null if no run waits for an external trainer. */
    lease: Lease.nullable(),
  })
  .meta({ id: 'LeaseTaken' });

/** `POST /v1/training/leases/{lease_id}/heartbeat` */
export const HeartbeatBody = z
  .object({
    lease_seconds: LeaseSeconds,
    stage: TrainingStage.extract(['prepare', 'train', 'package']).default('train'),
    /** Of the whole run. */
    progress: Share.optional(),
    /** One line for a person, like "round 120 of 200, validation log-loss 0.412". */
    message: Prose.min(1).max(500).optional(),
  })
  .meta({ id: 'HeartbeatBody' });
export type HeartbeatBody = z.infer<typeof HeartbeatBody>;

export const LeaseExtended = z.object({ expires_at: Timestamp }).meta({ id: 'LeaseExtended' });

/** `POST /v1/training/leases/{lease_id}/complete` */
export const CompleteBody = z
  .object({
    /** Of the uploaded model file, see `POST /v1/models/{model}/uploads` of the registry. */
    upload: Digest,
    format: ImportFormat,
    description: ImportDescription,
  })
  .meta({ id: 'CompleteBody' });
export type CompleteBody = z.infer<typeof CompleteBody>;

export const LeaseEnded = z.object({ run_id: Uuid, model: ModelName }).meta({ id: 'LeaseEnded' });

/** `POST /v1/training/leases/{lease_id}/fail` */
export const FailBody = z
  .object({
    /** What went wrong, in a sentence. */
    reason: Prose.min(1).max(2000),
    /** What to do about it. */
    remedy: Prose.min(1).max(2000).optional(),
  })
  .meta({ id: 'FailBody' });

const ofLease = z.object({ lease_id: Uuid });
const NO_LEASE = 'There is no such lease.';
const NOT_YOURS =
  'The run is not this trainer’s any more: the lease ran out, or the run was ended; the detail says how.';

/** How trainers outside of Ratchet take runs that were asked for with the engine "external". */
export const LEASE_OPERATIONS = defineOperations({
  takeLease: {
    method: 'POST',
    path: '/v1/training/leases',
    tag: 'external trainers',
    access: 'operator',
    summary: 'Takes the oldest run that waits for an external trainer.',
    description:
      'A lease that is not extended in time gives the run back, for the next who asks. Runs become available when their rows are frozen, which `training.progress` tells.',
    body: { description: 'Which runs, and for how long; everything has a default.', schema: TakeLeaseBody },
    replies: [{ status: 200, description: 'A lease, or null where no run waits.', schema: LeaseTaken }],
  },
  readLeasedSnapshot: {
    method: 'GET',
    path: '/v1/training/leases/{lease_id}/snapshot',
    tag: 'external trainers',
    access: 'operator',
    slow: true,
    summary: 'The rows to train on, one per task, for trainers that cannot read the artifact store.',
    params: ofLease,
    replies: [{ status: 200, description: 'Parquet.', contentType: 'application/vnd.apache.parquet' }],
    problems: { 404: NO_LEASE, 409: NOT_YOURS },
  },
  extendLease: {
    method: 'POST',
    path: '/v1/training/leases/{lease_id}/heartbeat',
    tag: 'external trainers',
    access: 'operator',
    summary: 'Extends a lease, and says how the training goes.',
    params: ofLease,
    body: { description: 'Where the training is.', schema: HeartbeatBody },
    replies: [{ status: 200, description: 'The run stays this trainer’s until then.', schema: LeaseExtended }],
    problems: { 404: NO_LEASE, 409: NOT_YOURS },
  },
  completeTraining: {
    method: 'POST',
    path: '/v1/training/leases/{lease_id}/complete',
    tag: 'external trainers',
    access: 'operator',
    summary: 'Ends a lease with a model; it is packaged, verified, judged and versioned like any other.',
    description: 'The same completion again changes nothing and gets the same answer.',
    params: ofLease,
    body: { description: 'The uploaded file, and how its columns are made.', schema: CompleteBody },
    replies: [{ status: 202, description: 'The run goes on with the verification.', schema: LeaseEnded }],
    problems: { 404: 'There is no such lease, or no such upload.', 409: NOT_YOURS },
  },
  failTraining: {
    method: 'POST',
    path: '/v1/training/leases/{lease_id}/fail',
    tag: 'external trainers',
    access: 'operator',
    summary: 'Ends a lease and its run without a model.',
    params: ofLease,
    body: { description: 'Why.', schema: FailBody },
    replies: [{ status: 200, description: 'The run has failed, with this reason.', schema: LeaseEnded }],
    problems: { 404: NO_LEASE, 409: NOT_YOURS },
  },
});
