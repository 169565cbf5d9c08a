import type { EntityManager } from 'typeorm';
import { z } from 'zod';
import { Grower, TrainingEngine } from '#contracts/backends';
import { ModelImport, TrainingStage } from '#contracts/events/training';
import { Digest } from '#contracts/primitives';

const Row = z.looseObject({
  run_id: z.string(),
  request_id: z.string(),
  model: z.string(),
  actor: z.string(),
  auto_deploy: z.boolean(),
  backend: Grower,
  engine: TrainingEngine,
  stage: TrainingStage,
  attempts: z.int(),
  owner: z.int().nullable(),
  tune: z.int().nullable(),
  import: ModelImport.nullable(),
  snapshot_hash: Digest.nullable(),
  started_at: z.date().nullable(),
});

/** A run that a worker, or an external trainer, owns. */
export interface ClaimedRun {
  readonly runId: string;
  readonly requestId: string;
  readonly model: string;
  readonly actor: string;
  readonly autoDeploy: boolean;
  readonly backend: Grower;
  readonly engine: TrainingEngine;
  readonly stage: TrainingStage;
  readonly attempts: number;
  /** A worker's number, or below 0 that of a lease. */
  readonly owner: number;
  /** Settings of the hyper-parameters to try; null for the definition's own alone. */
  readonly tune: number | null;
  /** The model trained elsewhere that is to become a package; null where one is trained. */
  readonly import: ModelImport | null;
  /** The rows that were frozen for an external trainer; null where they are still to be read. */
  readonly snapshotHash: string | null;
  readonly startedAt: Date;
}

export interface SnapshotRecord {
  readonly hash: string;
  readonly uri: string;
  readonly rows: number;
  readonly watermark: string;
  readonly query: string;
  /** State of the dataset it was taken of; null if nobody knows. */
  readonly fingerprint: string | null;
}

/** What an UPDATE … RETURNING gives through TypeORM: [rows, count]. */
export const Updated = z.tuple([z.array(z.unknown()), z.number()]);

export async function changed(manager: EntityManager, sql: string, values: unknown[]): Promise<boolean> {
  return Updated.parse(await manager.query(sql, values))[1] > 0;
}

/** Whether another run of the same model began in this very moment. */
export const isTaken = (error: unknown): boolean =>
  // Postgres error code of a violated unique index.
  z.looseObject({ code: z.literal('23505') }).safeParse(error).success;

export function claimed(value: unknown): ClaimedRun {
  const row = Row.parse(value);
  return {
    runId: row.run_id,
    requestId: row.request_id,
    model: row.model,
    actor: row.actor,
    autoDeploy: row.auto_deploy,
    backend: row.backend,
    engine: row.engine,
    stage: row.stage,
    attempts: row.attempts,
    owner: row.owner ?? 0,
    tune: row.tune,
    import: row.import,
    snapshotHash: row.snapshot_hash,
    startedAt: row.started_at ?? new Date(0),
  };
}
