import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { z } from 'zod';
import { sqlIn } from '#database/sql';
import type { FeatureDrift } from '#domain/monitoring/drift';

const sql = sqlIn(import.meta.dirname);

/** One evaluator at a time; the lock ends with the transaction. */
const LOCK = `select pg_try_advisory_xact_lock(hashtext('ratchet evaluation drift')) as held`;
const LIVE = 'select model, version, digest, live_since::text from registry.live_versions order by model';
const READ_STATE = 'select version, watermark::text, drifted from evaluation.drift_states where model = $1';
const READ_ROWS = sql('rows-since');
const WRITE_STATE = sql('write-drift-state');
const WRITE_CHECK = `
insert into evaluation.drift_checks (model, version, rows, features, drifted, checked_at) values ($1, $2, $3, $4, $5, $6)`;
const READ_DECILES = sql('decision-deciles');

const Live = z.array(
  z.object({ model: z.string(), version: z.string(), digest: z.string(), live_since: z.string().nullable() }),
);
export type LiveVersion = z.infer<typeof Live>[number];

const State = z.array(z.object({ version: z.string(), watermark: z.string(), drifted: z.array(z.string()) }));
export type DriftState = z.infer<typeof State>[number];

const Rows = z.array(
  z.object({ features: z.record(z.string(), z.unknown()), action: z.string().nullable(), occurred_at: z.string() }),
);
export type RecentRow = z.infer<typeof Rows>[number];

const Deciles = z.array(z.object({ deciles: z.array(z.number()).nullable() }));

/**
 * Recent inputs and what is known about their drift; every method works in the transaction of its manager. Times are
 * text, as a JavaScript date would cut off their microseconds.
 */
@Injectable()
export class DriftStore {
  /** False if another evaluator is at it. */
  async lock(manager: EntityManager): Promise<boolean> {
    const [row] = z.array(z.object({ held: z.boolean() })).parse(await manager.query(LOCK));
    return row?.held ?? false;
  }

  async live(manager: EntityManager): Promise<LiveVersion[]> {
    return Live.parse(await manager.query(LIVE));
  }

  async state(manager: EntityManager, model: string): Promise<DriftState | null> {
    const [state] = State.parse(await manager.query(READ_STATE, [model]));
    return state ?? null;
  }

  /** Of the package's decisions on its holdout; null if it was never scored. */
  async decisionDeciles(manager: EntityManager, digest: string): Promise<number[] | null> {
    const [row] = Deciles.parse(await manager.query(READ_DECILES, [digest]));
    return row?.deciles ?? null;
  }

  /** Newest first. */
  async rowsSince(manager: EntityManager, model: string, since: string, most: number): Promise<RecentRow[]> {
    return Rows.parse(await manager.query(READ_ROWS, [model, since, most]));
  }

  async writeState(manager: EntityManager, model: string, state: DriftState): Promise<void> {
    await manager.query(WRITE_STATE, [model, state.version, state.watermark, state.drifted]);
  }

  async writeCheck(
    manager: EntityManager,
    { model, version }: LiveVersion,
    check: { rows: number; features: readonly FeatureDrift[]; drifted: readonly string[]; at: Date },
  ): Promise<void> {
    const features = JSON.stringify(check.features);
    await manager.query(WRITE_CHECK, [model, version, check.rows, features, check.drifted, check.at]);
  }
}
