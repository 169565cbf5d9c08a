import { z } from 'zod';
import { ModelName, Timestamp, Uuid } from '../primitives.js';

/** The kinds of file and source that `ratchet import` and `ratchet collect` take. */
export const ImportKind = z.enum(['automation', 'shadow', 'dataset', 'historical']).meta({ id: 'ImportKind' });
export type ImportKind = z.infer<typeof ImportKind>;

/** Counts of one source. read = taken + folded + duplicate + rejected. */
export const ImportCounts = z
  .object({
    read: z.int(),
    /** New rows of the dataset. */
    taken: z.int(),
    /** Stored, but of a task that is already in the dataset: a further attempt, or the other log's line of one attempt. */
    folded: z.int(),
    /** Events that were stored before. */
    duplicate: z.int(),
    rejected: z.int(),
    rejected_by_reason: z.record(z.string(), z.int()),
  })
  .meta({ id: 'ImportCounts' });
export type ImportCounts = z.infer<typeof ImportCounts>;

export const Rejection = z.object({
  line: z.int(),
  reason: z.string(),
  field: z.string().nullable(),
  detail: z.string(),
});

/** `POST /v1/imports?kind=…&name=…&model=…` with the file as the body: one JSON line of progress at a time, the last with done: true. */
export const ImportProgress = z
  .object({
    import_id: Uuid,
    name: z.string(),
    kind: ImportKind,
    model: ModelName,
    bytes_read: z.int(),
    bytes_total: z.int().nullable(),
    counts: ImportCounts,
    /** Rejected lines since the last progress line. */
    rejections: z.array(Rejection),
    done: z.boolean(),
    /** Set when it ended early; what was stored stays, and a second run continues. */
    error: z.string().nullable(),
    at: Timestamp,
  })
  .meta({ id: 'ImportProgress' });
export type ImportProgress = z.infer<typeof ImportProgress>;

/** `POST /v1/collections` */
export const CollectionRequest = z
  .object({ model: ModelName.optional(), since_days: z.int().min(1).max(3650).default(7) })
  .meta({ id: 'CollectionRequest' });
export type CollectionRequest = z.infer<typeof CollectionRequest>;

/** `GET /v1/imports`: an import or a collection, running or past. */
export const ImportRecord = z
  .object({
    import_id: Uuid,
    source: z.enum(['file', 'historical-api']),
    name: z.string(),
    kind: ImportKind,
    model: ModelName,
    actor: z.string(),
    state: z.enum(['running', 'done', 'failed']),
    bytes_read: z.int(),
    bytes_total: z.int().nullable(),
    counts: ImportCounts,
    error: z.string().nullable(),
    started_at: Timestamp,
    updated_at: Timestamp,
  })
  .meta({ id: 'ImportRecord' });
export type ImportRecord = z.infer<typeof ImportRecord>;
