import { z } from 'zod';
import { Grower } from '#contracts/backends';
import { TrainingStage } from '#contracts/events/training';
import { ImportDescription } from '#contracts/http/packages';
import { ModelDefinition } from '#contracts/model-definition';
import { ImportFormat, TrainingStats } from '#contracts/model-package';
import { Digest } from '#contracts/primitives';
import { ClusterOrder } from '../elsewhere/order.js';

/** A model file trained elsewhere, and what is known of it. */
export const ImportedModel = z.object({ path: z.string(), format: ImportFormat, description: ImportDescription });
export type ImportedModel = z.infer<typeof ImportedModel>;

/** What the training process is told to do. */
export const TrainingJob = z.object({
  definition: ModelDefinition,
  backend: Grower,
  /** Settings of the hyper-parameters to try; null for the definition's own alone. */
  tune: z.int().min(1).nullable().default(null),
  /** When live accuracy is estimated to have dropped, the latest first: what came since may be another world. */
  onsets: z.array(z.iso.datetime({ offset: true })).default([]),
  /** A model trained elsewhere that is to become a package; null where one is trained. */
  imported: ImportedModel.nullable().default(null),
  /** Whether the model is trained by others on rows that this process writes, reads and packages. */
  elsewhere: z.boolean().default(false),
  /** Only freeze the rows, for a trainer elsewhere. */
  only: z.literal('snapshot').optional(),
  /** The rows as COPY wrote them (see SNAPSHOT_COLUMNS), or a snapshot that is there already. */
  source: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('copied'), files: z.array(z.string()) }),
    z.object({ kind: z.literal('parquet'), path: z.string() }),
  ]),
  /** The SQL that gave the rows, for the manifest; null where there was none. */
  query: z.string().nullable(),
  /** A folder of the run's own, for everything it writes. */
  workDir: z.string(),
  threads: z.int().min(1),
  memoryMb: z.int().min(256),
  /** Path of the native library the backend needs; null for the portable ones. */
  library: z.string().nullable(),
});
/** As it is given; see {@link TrainingJob} for what stands in for what is left out. */
export type TrainingOrder = z.input<typeof TrainingJob>;
export type TrainingJob = z.infer<typeof TrainingJob>;

export const SnapshotResult = z.object({
  path: z.string(),
  hash: Digest,
  rows: z.int(),
  /** Time of the newest row, RFC 3339. */
  watermark: z.string(),
});
export type SnapshotResult = z.infer<typeof SnapshotResult>;

export const TrainingResult = z.object({
  snapshot: SnapshotResult,
  /** Files of the package by name, as paths in the work folder. */
  files: z.record(z.string(), z.string()),
  stats: TrainingStats,
  warnings: z.array(z.string()),
  datasetSize: z.int(),
});
export type TrainingResult = z.infer<typeof TrainingResult>;

/** What the training process says on the way and at the end. */
export const TrainingMessage = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('progress'), stage: TrainingStage, progress: z.number(), message: z.string() }),
  z.object({ kind: z.literal('snapshot'), snapshot: SnapshotResult }),
  z.object({ kind: z.literal('order'), order: ClusterOrder, part: z.int(), of: z.int() }),
  z.object({ kind: z.literal('done'), result: TrainingResult }),
  z.object({ kind: z.literal('frozen'), snapshot: SnapshotResult }),
  z.object({ kind: z.literal('failed'), stage: TrainingStage, reason: z.string(), remedy: z.string() }),
]);
export type TrainingMessage = z.infer<typeof TrainingMessage>;

/** Called as the run goes on; `progress` is the share of the whole run, 0 to 1. */
export type Report = (stage: TrainingStage, progress: number, message: string) => void | Promise<void>;
