import { z } from 'zod';
import { FeatureDrift } from '../events/evaluation.js';
import { ModelName, Share, Timestamp, Version } from '../primitives.js';
import { defineOperations } from './operation.js';
import { sinceDays } from './parameters.js';

/** `GET /v1/metrics/accuracy`: one window of one version's judged decisions, oldest first. */
export const AccuracyPoint = z
  .object({
    model: ModelName,
    version: Version,
    window_start: Timestamp,
    /** Decisions of the window whose outcome is known. */
    outcomes: z.int(),
    correct: z.int(),
    /** Decisions whose outcome was a failure, whatever the model had said about it. */
    failures: z.int(),
    /** What the live accuracy is held against; null until there is one. */
    reference: Share.nullable(),
  })
  .meta({ id: 'AccuracyPoint' });
export type AccuracyPoint = z.infer<typeof AccuracyPoint>;

/** `GET /v1/metrics/dataset`: the dataset at the end of one ISO week (UTC), oldest first. */
export const DatasetGrowth = z
  .object({
    model: ModelName,
    /** The week's Monday. */
    week: z.iso.date(),
    rows: z.int(),
    new_rows: z.int(),
  })
  .meta({ id: 'DatasetGrowth' });
export type DatasetGrowth = z.infer<typeof DatasetGrowth>;

/** `GET /v1/metrics/deployments`: what happened in one ISO week (UTC), oldest first. */
export const DeploymentFrequency = z
  .object({ model: ModelName, week: z.iso.date(), deployments: z.int(), rollbacks: z.int(), failed: z.int() })
  .meta({ id: 'DeploymentFrequency' });
export type DeploymentFrequency = z.infer<typeof DeploymentFrequency>;

/** `GET /v1/metrics/drift`: what one check of the inputs found, newest first. */
export const DriftCheck = z
  .object({
    model: ModelName,
    /** The live version, whose training rows were the measure. */
    version: Version,
    checked_at: Timestamp,
    /** Rows that were looked at. */
    rows: z.int(),
    features: z.array(FeatureDrift.extend({ drifted: z.boolean() })),
  })
  .meta({ id: 'DriftCheck' });
export type DriftCheck = z.infer<typeof DriftCheck>;

/** The numbers to track over time, as series for a chart. */
export const METRIC_OPERATIONS = defineOperations({
  readAccuracy: {
    method: 'GET',
    path: '/v1/metrics/accuracy',
    tag: 'metrics',
    access: 'viewer',
    summary: 'Live accuracy and failures over time, per version, beside the reference of the accuracy.',
    query: z.object({
      model: ModelName,
      since_days: sinceDays(30),
      window: z.enum(['minute', 'hour']).default('minute'),
    }),
    replies: [{ status: 200, description: 'Windows, oldest first.', schema: z.array(AccuracyPoint) }],
    problems: { 404: 'There is no such model.' },
  },
  readDrift: {
    method: 'GET',
    path: '/v1/metrics/drift',
    tag: 'metrics',
    access: 'viewer',
    summary:
      'How far the inputs are from those the live version was trained on, feature by feature and check by check.',
    query: z.object({ model: ModelName, limit: z.coerce.number<number>().int().min(1).max(200).default(30) }),
    replies: [{ status: 200, description: 'The newest checks, newest first.', schema: z.array(DriftCheck) }],
    problems: { 404: 'There is no such model.' },
  },
  readDatasetGrowth: {
    method: 'GET',
    path: '/v1/metrics/dataset',
    tag: 'metrics',
    access: 'viewer',
    summary: 'Rows of the dataset, week by week.',
    query: z.object({ model: ModelName, since_days: sinceDays(365) }),
    replies: [{ status: 200, description: 'Weeks, oldest first.', schema: z.array(DatasetGrowth) }],
    problems: { 404: 'There is no such model.' },
  },
  readDeploymentFrequency: {
    method: 'GET',
    path: '/v1/metrics/deployments',
    tag: 'metrics',
    access: 'viewer',
    summary: 'How often versions went live and were taken back, week by week.',
    query: z.object({ model: ModelName, since_days: sinceDays(365) }),
    replies: [{ status: 200, description: 'Weeks, oldest first.', schema: z.array(DeploymentFrequency) }],
    problems: { 404: 'There is no such model.' },
  },
});
