import { z } from 'zod';
import { Grower } from '../backends.js';
import { ModelEvaluated, Verdict } from '../events/evaluation.js';
import { TrainingStats } from '../model-package.js';
import { Alias, Digest, ModelName, Timestamp, Uuid, Version, VersionOrAlias } from '../primitives.js';
import { Tags } from './labels.js';
import { defineOperations } from './operation.js';
import { ofModel, ofVersion } from './parameters.js';

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
    backend: Grower,
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
    /** What people say of it; these three are left out by older releases. */
    description: z.string().nullable().optional(),
    tags: Tags.optional(),
    aliases: z.array(Alias).optional(),
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

/** `GET /v1/models/{m}/compare?from=&to=` */
const ComparedNumbers = z.object({
  metric: z.string(),
  from: z.number().nullable(),
  to: z.number().nullable(),
  difference: z.number().nullable(),
});

export const VersionComparison = z
  .object({
    model: ModelName,
    from: VersionDetail,
    to: VersionDetail,
    /** Same metric of both; the difference is to minus from. */
    metrics: z.array(ComparedNumbers),
    /** Whether both were scored on the same holdout rows, without which the differences mean little. */
    same_holdout: z.boolean(),
    /** Where the gate judged one of them against the other: what it found on the same rows. Left out by older releases. */
    same_rows: z
      .object({ rows: z.int(), metrics: z.array(ComparedNumbers) })
      .nullable()
      .optional(),
  })
  .meta({ id: 'VersionComparison' });
export type VersionComparison = z.infer<typeof VersionComparison>;

/** What was trained and registered. */
export const VERSION_OPERATIONS = defineOperations({
  listVersions: {
    method: 'GET',
    path: '/v1/models/{model}/versions',
    tag: 'versions',
    access: 'viewer',
    summary: 'Every version of a model, newest first.',
    params: ofModel,
    replies: [{ status: 200, description: 'The versions.', schema: z.array(VersionSummary) }],
    problems: { 404: 'There is no such model.' },
  },
  getVersion: {
    method: 'GET',
    path: '/v1/models/{model}/versions/{version}',
    tag: 'versions',
    access: 'viewer',
    summary: 'One version with its whole evaluation.',
    params: ofVersion,
    replies: [{ status: 200, description: 'The version.', schema: VersionDetail }],
    problems: { 404: 'There is no such model or version.' },
  },
  readReport: {
    method: 'GET',
    path: '/v1/models/{model}/versions/{version}/report',
    tag: 'versions',
    access: 'viewer',
    summary: 'The report of how a version was judged: one page that needs nothing else.',
    params: ofVersion,
    replies: [{ status: 200, description: 'The page.', contentType: 'text/html' }],
    problems: {
      404: 'There is no such model or version, it was not judged, or its report is gone.',
      503: 'The artifact store cannot be read.',
    },
  },
  compareVersions: {
    method: 'GET',
    path: '/v1/models/{model}/compare',
    tag: 'versions',
    access: 'viewer',
    summary: 'Two versions side by side, metric by metric.',
    params: ofModel,
    query: z.object({ from: VersionOrAlias, to: VersionOrAlias }),
    replies: [{ status: 200, description: 'Both versions and the differences.', schema: VersionComparison }],
    problems: { 404: 'There is no such model or version.' },
  },
});
