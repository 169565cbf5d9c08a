import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { z } from 'zod';
import { sqlIn } from '#database/sql';
import type { JudgedPrediction } from '#domain/monitoring/judged-prediction';
import type { Standing } from '#domain/monitoring/standing';
import { JudgedPredictions } from './judged-predictions.js';

const sql = sqlIn(import.meta.dirname);

/** One evaluator at a time; the lock ends with the transaction. */
const LOCK = `select pg_try_advisory_xact_lock(hashtext('ratchet evaluation drops')) as held`;
const OPEN = sql('open-drops');
const ROWS_SINCE = sql('count-rows-since');
const DRIFTED = `
select cardinality(drifted) > 0 as drifted from evaluation.drift_states where model = $1 and version = $2`;
const SINCE = sql('predictions-since');
const WRITE_STANDING = sql('write-standing');
const ADD_TRAINING = `
insert into evaluation.drop_trainings (episode_id, rows, request_id, requested_at) values ($1, $2, $3, $4)`;

const Drops = z.array(
  z.object({
    model: z.string(),
    episode_id: z.string(),
    /** What is live now, not always the version that the drop was found of. */
    version: z.string(),
    /** The earliest onset among those that are open. */
    onset_at: z.date(),
    /** Rows since the onset at the last training that was asked for because of it; null if none was. */
    asked_at: z.int().nullable(),
  }),
);
export type OpenDrop = z.infer<typeof Drops>[number];

/** Drops of live accuracy that what is live has not learnt from yet. */
@Injectable()
export class DropStore {
  /** False if another evaluator is at it. */
  async lock(manager: EntityManager): Promise<boolean> {
    const [row] = z.array(z.object({ held: z.boolean() })).parse(await manager.query(LOCK));
    return row?.held ?? false;
  }

  /** At most one a model. */
  async open(manager: EntityManager): Promise<OpenDrop[]> {
    return Drops.parse(await manager.query(OPEN));
  }

  /** Training rows since a time, counted up to `most`. */
  async rowsSince(manager: EntityManager, model: string, since: Date, most: number): Promise<number> {
    const [row] = z.array(z.object({ n: z.int() })).parse(await manager.query(ROWS_SINCE, [model, since, most]));
    return row?.n ?? 0;
  }

  /** Whether inputs of the live version are known to have drifted. */
  async drifted(manager: EntityManager, model: string, version: string): Promise<boolean> {
    const rows = await manager.query(DRIFTED, [model, version]);
    return z.array(z.object({ drifted: z.boolean() })).parse(rows)[0]?.drifted ?? false;
  }

  /** The newest outcomes of a version since a time. */
  async predictionsSince(
    manager: EntityManager,
    model: string,
    version: string,
    since: Date,
  ): Promise<JudgedPrediction[]> {
    return JudgedPredictions.parse(await manager.query(SINCE, [model, version, since]));
  }

  async writeStanding(manager: EntityManager, model: string, version: string, standing: Standing): Promise<void> {
    const { isDegraded, ...degraded } = standing;
    await manager.query(WRITE_STANDING, [model, version, isDegraded, JSON.stringify(degraded)]);
  }

  async addTraining(manager: EntityManager, drop: OpenDrop, rows: number, requestId: string, at: Date): Promise<void> {
    await manager.query(ADD_TRAINING, [drop.episode_id, rows, requestId, at]);
  }
}
