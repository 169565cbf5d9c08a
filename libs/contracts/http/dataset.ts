import { z } from 'zod';
import { ModelName } from '../primitives.js';

/** One feature over the whole dataset. */
export const FeatureSummary = z
  .object({
    feature: z.string(),
    kind: z.enum(['numeric', 'categorical', 'boolean', 'derived-from-url']),
    /** Rows that have a value. */
    present: z.int(),
    missing: z.int(),
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
    answers: z.array(z.object({ answer: z.string(), rows: z.int(), successes: z.int() })),
    features: z.array(FeatureSummary),
  })
  .meta({ id: 'DatasetSummary' });
export type DatasetSummary = z.infer<typeof DatasetSummary>;
