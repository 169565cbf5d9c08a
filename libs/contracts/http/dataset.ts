import { z } from 'zod';
import { KindName } from '../model-definition.js';
import { DEFAULT_MODEL, ModelName } from '../primitives.js';
import { defineOperations } from './operation.js';

/** One feature over the whole dataset. */
export const FeatureSummary = z
  .object({
    feature: z.string(),
    kind: KindName,
    /** Rows that have a value. */
    present: z.int(),
    missing: z.int(),
    /** Rows whose value cannot be read as its kind and counts as missing, and the most frequent such value; left out by older releases. */
    wrong_type: z.object({ rows: z.int(), example: z.string() }).nullable().optional(),
    /** Different values; null for numbers. */
    categories: z.int().nullable(),
    /** The most frequent values, most frequent first; empty for numbers. */
    most_frequent: z.array(z.object({ value: z.string(), rows: z.int() })),
    /** Null where no value is a number. */
    numbers: z.object({ minimum: z.number(), maximum: z.number(), mean: z.number() }).nullable(),
  })
  .meta({ id: 'FeatureSummary' });
export type FeatureSummary = z.infer<typeof FeatureSummary>;

/** `GET /v1/dataset/summary?model=` */
export const DatasetSummary = z
  .object({
    model: ModelName,
    rows: z.int(),
    /** Stored tasks whose outcome is not known yet. */
    waiting: z.int(),
    /** Rows whose time is when they were received. */
    without_time: z.int(),
    /** Successes are of actions; null for classes, of which none succeeds. */
    answers: z.array(z.object({ answer: z.string(), rows: z.int(), successes: z.int().nullable() })),
    features: z.array(FeatureSummary),
    /** Names in rows that are no feature, most frequent first, with the feature that was probably meant. */
    unknown_features: z
      .array(z.object({ feature: z.string(), rows: z.int(), closest: z.string().nullable() }))
      .optional(),
    /** Rows without any feature: they teach nothing but how frequent each answer is. */
    without_features: z.int().optional(),
  })
  .meta({ id: 'DatasetSummary' });
export type DatasetSummary = z.infer<typeof DatasetSummary>;

/** What models are trained on. */
export const DATASET_OPERATIONS = defineOperations({
  summariseDataset: {
    method: 'GET',
    path: '/v1/dataset/summary',
    tag: 'dataset',
    access: 'viewer',
    slow: true,
    summary: 'Rows, outcomes per action, and missing values and categories per feature.',
    query: z.object({ model: ModelName.default(DEFAULT_MODEL) }),
    replies: [{ status: 200, description: 'The dataset as it is now.', schema: DatasetSummary }],
    problems: { 404: 'There is no such model.' },
  },
  exportDataset: {
    method: 'GET',
    path: '/v1/dataset/export',
    tag: 'dataset',
    access: 'viewer',
    slow: true,
    summary: 'The dataset as a file, in the columns of the enriched dataset.',
    query: z.object({
      model: ModelName.default(DEFAULT_MODEL),
      format: z.enum(['csv', 'parquet']).default('csv'),
      raw: z
        .enum(['true', 'false'])
        .default('false')
        .describe(
          '"true" leaves CSV cells that begin like a formula as they are; otherwise a quote stands before them.',
        ),
      without_holdout: z
        .enum(['true', 'false'])
        .default('false')
        .describe('"true" leaves out the rows that versions are judged on, which no model may have been trained with.'),
    }),
    replies: [
      { status: 200, description: 'CSV, with a header.', contentType: 'text/csv' },
      { status: 200, description: 'Parquet.', contentType: 'application/vnd.apache.parquet' },
    ],
    problems: { 404: 'There is no such model.' },
  },
});
