import type { DataSource } from 'typeorm';
import { z } from 'zod';
import type { Grower } from '#contracts/backends';
import { ModelImport, type SnapshotRef } from '#contracts/events/training';
import { sqlIn } from '#database/sql';
import { type ClaimedRun, changed, claimed, isTaken, Updated } from './claimed-run.js';
import { appendToLog } from './run-log.js';

const sql = sqlIn(import.meta.dirname);
const TAKE = sql('take-lease');
const READ = sql('read-lease');
const EXTEND = sql('extend-lease');
const COMPLETE = sql('complete-lease');

export interface WantedLease {
  readonly runId: string | null;
  readonly model: string | null;
  readonly trainer: string;
  readonly seconds: number;
}

export interface TakenLease {
  readonly leaseId: string;
  readonly expiresAt: Date;
  readonly run: ClaimedRun;
  readonly snapshot: SnapshotRef;
}

/** A lease as it is now, and what became of its run. */
export interface LeaseState {
  readonly run: ClaimedRun;
  readonly state: string;
  readonly message: string;
  readonly expiresAt: Date;
  /** Whether the run is still this lease's. */
  readonly holds: boolean;
  /** The model that it ended with. */
  readonly completedWith: ModelImport | null;
}

const TakenRow = z.looseObject({
  lease_id: z.string(),
  expires_at: z.date(),
  snapshot_hash: z.string(),
  snapshot_uri: z.string(),
  snapshot_rows: z.int(),
  watermark: z.date(),
});
const StateRow = z.looseObject({
  state: z.string(),
  message: z.string(),
  expires_at: z.date(),
  holds: z.boolean(),
  completed_with: ModelImport.nullable(),
});
const ExtendedRow = z.looseObject({ expires_at: z.date() });

/** Runs lent to trainers outside. Time is the database's, so that trainer services need not agree on theirs. */
export class LeaseStore {
  constructor(private readonly dataSource: DataSource) {}

  /** Null if no run waits. */
  async take({ runId, model, trainer, seconds }: WantedLease): Promise<TakenLease | null> {
    try {
      return await this.dataSource.transaction(async (manager) => {
        const [rows] = Updated.parse(await manager.query(TAKE, [runId, model, trainer, seconds]));
        if (rows[0] === undefined) return null;
        const run = claimed(rows[0]);
        const row = TakenRow.parse(rows[0]);
        const moment = { at: run.startedAt.toISOString(), stage: run.stage, progress: null };
        const message = `attempt ${run.attempts} began: taken by ${trainer}`;
        await appendToLog(manager, run.runId, moment, [{ level: 'info', message }]);
        return {
          leaseId: row.lease_id,
          expiresAt: row.expires_at,
          run,
          snapshot: {
            hash: row.snapshot_hash,
            uri: row.snapshot_uri,
            rows: row.snapshot_rows,
            watermark: row.watermark.toISOString(),
          },
        };
      });
    } catch (error) {
      if (isTaken(error)) return null;
      throw error;
    }
  }

  /** Null if there never was such a lease. */
  async read(leaseId: string): Promise<LeaseState | null> {
    const rows: unknown[] = await this.dataSource.query(READ, [leaseId]);
    if (rows[0] === undefined) return null;
    const { state, message, expires_at, holds, completed_with } = StateRow.parse(rows[0]);
    return { run: claimed(rows[0]), state, message, expiresAt: expires_at, holds, completedWith: completed_with };
  }

  /** Until when it holds now; null if it does not hold any more. */
  async extend(leaseId: string, seconds: number): Promise<Date | null> {
    const [rows] = Updated.parse(await this.dataSource.query(EXTEND, [leaseId, seconds]));
    return rows[0] === undefined ? null : ExtendedRow.parse(rows[0]).expires_at;
  }

  /** Gives the run back with a model that is to become a package; false if the lease does not hold any more. */
  async complete(leaseId: string, model: ModelImport, backend: Grower): Promise<boolean> {
    return changed(this.dataSource.manager, COMPLETE, [leaseId, JSON.stringify(model), backend]);
  }
}
