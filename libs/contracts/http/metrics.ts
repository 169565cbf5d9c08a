import { z } from 'zod';
import { FeatureDrift } from '../events/evaluation.js';
import { ModelName, Share, Timestamp, Version } from '../primitives.js';

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
