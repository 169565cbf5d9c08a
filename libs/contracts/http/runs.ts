import { z } from 'zod';
import { Backend, Grower, TrainingEngine } from '../backends.js';
import { Verdict } from '../events/evaluation.js';
import { TrainingStage, TuneTrials } from '../events/training.js';
import { Digest, ModelName, Prose, Reason, Share, Timestamp, Uuid, Version } from '../primitives.js';
import { defineOperations } from './operation.js';
import { limit, ofModel } from './parameters.js';

export const Run = z
  .object({
    run_id: Uuid,
    request_id: Uuid,
    model: ModelName,
    trigger: z.string(),
    actor: z.string(),
    /** `unchanged`: it made the package of a version that was there already, which stays as it is, verdict and all. */
    state: z.enum(['queued', 'running', 'done', 'unchanged', 'failed', 'cancelled']),
    stage: TrainingStage,
    progress: Share,
    message: z.string(),
    backend: Grower,
    /** `spark`: the trainer submits it to a Spark cluster; `external`: a trainer outside takes it by a lease. */
    engine: TrainingEngine,
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

/** `POST /v1/models/{m}/retrain` */
export const RetrainBody = z
  .object({
    request_id: Uuid.optional(),
    model_type: Backend.optional(),
    /** Instead of the definition's: `spark` submits the run to a Spark cluster, `external` leaves it to trainers that take it by a lease. */
    engine: TrainingEngine.optional(),
    since_days: z.int().min(1).optional(),
    use_api: z.boolean().optional(),
    auto_deploy: z.boolean().default(true),
    /** Settings of the hyper-parameters to try, the definition's own among them; the best on validation is kept. */
    tune: TuneTrials.optional(),
    reason: Prose.max(2000).optional(),
    trigger: z.enum(['cli', 'console', 'api']).default('api'),
  })
  .meta({ id: 'RetrainBody' });
export type RetrainBody = z.infer<typeof RetrainBody>;

export const RetrainAccepted = z.object({ request_id: Uuid, model: ModelName }).meta({ id: 'RetrainAccepted' });

/** `POST /v1/runs/{run_id}/cancel` */
export const CancelRunBody = z.object({ reason: Reason }).meta({ id: 'CancelRunBody' });
export type CancelRunBody = z.infer<typeof CancelRunBody>;

export const CancelAccepted = z
  .object({
    run_id: Uuid,
    model: ModelName,
    /** Where the run was when the cancellation was asked for. */
    state: z.enum(['queued', 'running']),
  })
  .meta({ id: 'CancelAccepted' });

/** Training, asked for and followed. */
export const RUN_OPERATIONS = defineOperations({
  requestTraining: {
    method: 'POST',
    path: '/v1/models/{model}/retrain',
    tag: 'training',
    access: 'operator',
    summary: 'Asks for a training run now.',
    params: ofModel,
    body: { description: 'How to train; everything has a default.', schema: RetrainBody, optional: true },
    replies: [{ status: 202, description: 'Find the run by its request id.', schema: RetrainAccepted }],
    problems: { 404: 'There is no such model.' },
  },
  listRuns: {
    method: 'GET',
    path: '/v1/runs',
    tag: 'training',
    access: 'viewer',
    summary: 'Training runs, newest first.',
    query: z.object({ model: ModelName.optional(), limit }),
    replies: [{ status: 200, description: 'The runs.', schema: z.array(Run) }],
    problems: { 404: 'There is no such model.' },
  },
  getRun: {
    method: 'GET',
    path: '/v1/runs/{run_id}',
    tag: 'training',
    access: 'viewer',
    summary: 'One training run: stage, progress, and in the end version and verdict.',
    params: z.object({ run_id: Uuid }),
    replies: [{ status: 200, description: 'The run.', schema: Run }],
    problems: { 404: 'There is no such run.' },
  },
  cancelRun: {
    method: 'POST',
    path: '/v1/runs/{run_id}/cancel',
    tag: 'training',
    access: 'operator',
    summary: 'Ends a queued or running run without a package; the next one begins at once.',
    params: z.object({ run_id: Uuid }),
    body: { description: 'Why; kept in the audit log.', schema: CancelRunBody },
    replies: [
      { status: 202, description: 'Asked for; the run becomes "cancelled" in a moment.', schema: CancelAccepted },
    ],
    problems: { 404: 'There is no such run.', 409: 'The run has ended already; the detail says how.' },
  },
  readRunLog: {
    method: 'GET',
    path: '/v1/runs/{run_id}/log',
    tag: 'training',
    access: 'viewer',
    summary: 'What a run said as it went on, oldest line first: its newest 1,000 lines.',
    description: 'The newest 100 runs of a model keep their log.',
    params: z.object({ run_id: Uuid }),
    query: z.object({ after: z.coerce.number<number>().int().min(0).default(0) }),
    replies: [{ status: 200, description: 'The lines after the one named.', schema: z.array(RunLogLine) }],
    problems: { 404: 'There is no such run.' },
  },
});
