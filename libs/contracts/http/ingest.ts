import { z } from 'zod';
import { DEFAULT_MODEL, ModelName, OneLine, Timestamp, Uuid } from '../primitives.js';
import { defineOperations } from './operation.js';
import { limit } from './parameters.js';

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

/** How a file is written down, as found out from its first bytes, and what its header means to the model. */
export const FileForm = z
  .object({
    format: z.enum(['csv', 'jsonl', 'json']),
    encoding: z.enum(['utf-8', 'utf-16le', 'utf-16be', 'windows-1252']),
    compression: z.enum(['gzip']).nullable(),
    /** Of a CSV. */
    delimiter: z.enum([',', ';', '\t', '|']).nullable(),
    /** Columns of a dataset that are no feature, each with the feature that was probably meant. */
    unknown_columns: z.array(z.object({ column: z.string(), closest: z.string().nullable() })),
    /** Features that no column of a dataset holds. */
    absent_columns: z.array(z.string()),
  })
  .meta({ id: 'FileForm' });
export type FileForm = z.infer<typeof FileForm>;

/** A feature of imported events that counted as missing. */
export const FeatureTally = z
  .object({
    feature: z.string(),
    problem: z.enum(['unknown', 'wrong-type']),
    rows: z.int(),
    /** What was probably meant by one that is not known. */
    closest: z.string().nullable(),
    /** What was expected, for the first of them. */
    detail: z.string(),
  })
  .meta({ id: 'FeatureTally' });
export type FeatureTally = z.infer<typeof FeatureTally>;

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
    /** Of a file: on the first line, before anything is stored. */
    file: FileForm.optional(),
    /** Features of events that their model does not know or cannot read, so far; left out where there is none. */
    features: z.array(FeatureTally).optional(),
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

/** `POST /v1/imports?rename=`: names to read columns of a CSV under. */
const Renames = OneLine.max(4096)
  .regex(/^(?:[^=,]+=[^=,]+(?:,|$))*$/, 'expected column=feature, separated by commas')
  .describe('Columns of a CSV that are read under other names, like `tenure=months,chanel=channel`.');

/** How files and the historical API come in. */
export const INGEST_OPERATIONS = defineOperations({
  importFile: {
    method: 'POST',
    path: '/v1/imports',
    tag: 'imports',
    access: 'operator',
    summary: 'Takes a file, streamed; answers with lines of progress while it reads.',
    description: 'The same file again adds nothing: events are recognised by their content.',
    query: z.object({
      /** Recognised from the first lines if left out. */
      kind: ImportKind.optional(),
      name: OneLine.min(1).max(1024).default('upload'),
      model: ModelName.default(DEFAULT_MODEL),
      rename: Renames.default(''),
      as_is: z
        .enum(['true', 'false'])
        .default('false')
        .describe('"true" takes a dataset although a column of it is probably a misspelt feature.'),
    }),
    problems: {
      400: 'The file does not fit the model, or does not tell what it is; the detail says what is wrong with it.',
    },
    body: {
      description:
        'The file as it is: JSON lines, CSV (separated by comma, semicolon, tab or bar), or a saved answer of the historical API; UTF-8, UTF-16 or Latin-1; plain or gzip.',
      contentTypes: ['application/octet-stream'],
    },
    replies: [
      {
        status: 200,
        description: 'One JSON object per line; the last has `done` true.',
        schema: ImportProgress,
        contentType: 'application/x-ndjson',
      },
    ],
  },
  collect: {
    method: 'POST',
    path: '/v1/collections',
    tag: 'imports',
    access: 'operator',
    summary: 'Collects from the historical API; answers with lines of progress.',
    body: { description: 'How far back.', schema: CollectionRequest, optional: true },
    replies: [
      {
        status: 200,
        description: 'One JSON object per line; the last has `done` true.',
        schema: ImportProgress,
        contentType: 'application/x-ndjson',
      },
    ],
    problems: { 409: 'HISTORICAL_API_URL is not set.' },
  },
  listImports: {
    method: 'GET',
    path: '/v1/imports',
    tag: 'imports',
    access: 'viewer',
    summary: 'Imports and collections, newest first, with their counts.',
    query: z.object({ limit }),
    replies: [{ status: 200, description: 'Running and past ones.', schema: z.array(ImportRecord) }],
  },
});
