import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { z } from 'zod';
import { sqlIn } from '#database/sql';
import type { JudgedPrediction } from '#domain/monitoring/judged-prediction';
import type { EarlierCount, MonitorChanges, Watch } from '#domain/monitoring/live-monitor';
import { JudgedPredictions, Time } from './judged-predictions.js';

const sql = sqlIn(import.meta.dirname);

/** One evaluator at a time works on the stream; the lock ends with the transaction. */
const LOCK = `select pg_try_advisory_xact_lock(hashtext('ratchet evaluation monitor')) as held`;
const READ_CURSOR = `select judged_seq from evaluation.cursors where name = 'judged-predictions'`;
const WRITE_CURSOR = sql('write-cursor');
const READ_PREDICTIONS = sql('read-predictions');
const READ_COUNTED = `
select prediction_id, window_start, correct, failed, agreed, reference from evaluation.counted where prediction_id = any($1::uuid[])`;
const WRITE_COUNTED = sql('write-counted');
/** An outcome is corrected within days if at all; what is older than this many judgements is forgotten. */
const FORGET_COUNTED = 'delete from evaluation.counted where judged_seq < $1';
const READ_WATCHES = sql('read-watches');
const WRITE_WATCH = sql('write-watch');
const ADD_WINDOWS = sql('add-windows');
const OPEN_EPISODE = sql('open-episode');
const CLOSE_EPISODES = `
update evaluation.episodes set closed_at = $3 where model = $1 and version = $2 and closed_at is null`;
const ACCURACY = sql('accuracy');
/** One event of model.accuracy-drop each, written in the same transaction. */
const DROPS = 'select model, count(*)::int as n from evaluation.episodes group by 1';

const Counted = z.array(
  z.object({
    prediction_id: z.string(),
    window_start: Time,
    correct: z.boolean(),
    failed: z.boolean(),
    agreed: z.boolean(),
    reference: z.number().nullable(),
  }),
);

const Watches = z.array(
  z.object({
    model: z.string(),
    version: z.string(),
    generation: z.int(),
    state: z.object({
      level: z.number(),
      outcomes: z.int(),
      correct: z.int(),
      since: z.object({
        at: z.string().nullable(),
        outcomes: z.int(),
        correct: z.int(),
        reference: z.number(),
      }),
      alarmed: z.boolean(),
    }),
  }),
);

/** How a version does, over its last hour and since it was first judged. */
export interface AccuracyRow {
  model: string;
  version: string;
  lifetime: number;
  recent: boolean;
  outcomes: number;
  correct: number;
  failures: number;
  reference: number | null;
}

/** How many judgements back a correction is still recognised. */
const REMEMBERED = 2_000_000n;

/** The stream of judged predictions and what was made of it; every method works in the transaction of its manager. */
@Injectable()
export class MonitorStore {
  /** False if another evaluator is at it. */
  async lock(manager: EntityManager): Promise<boolean> {
    const [row] = z.array(z.object({ held: z.boolean() })).parse(await manager.query(LOCK));
    return row?.held ?? false;
  }

  /** The next predictions after the cursor. */
  async read(manager: EntityManager, most: number): Promise<JudgedPrediction[]> {
    const cursors = z.array(z.object({ judged_seq: z.string() })).parse(await manager.query(READ_CURSOR));
    return JudgedPredictions.parse(await manager.query(READ_PREDICTIONS, [cursors[0]?.judged_seq ?? '0', most]));
  }

  async earlierCounts(manager: EntityManager, predictionIds: readonly string[]): Promise<Map<string, EarlierCount>> {
    const rows = Counted.parse(await manager.query(READ_COUNTED, [predictionIds]));
    return new Map(
      rows.map(({ prediction_id: id, window_start: windowStart, ...rest }) => [id, { windowStart, ...rest }]),
    );
  }

  async watches(manager: EntityManager, of: readonly { model: string; version: string }[]): Promise<Watch[]> {
    const columns = [of.map(({ model }) => model), of.map(({ version }) => version)];
    return Watches.parse(await manager.query(READ_WATCHES, columns));
  }

  /** Stores what a batch changed, and that it was read. */
  async write(manager: EntityManager, { windows, watches, counts }: MonitorChanges, upTo: bigint): Promise<void> {
    if (windows.length > 0)
      await manager.query(ADD_WINDOWS, [
        windows.map(({ model }) => model),
        windows.map(({ version }) => version),
        windows.map(({ role }) => role),
        windows.map(({ windowStart }) => windowStart),
        windows.map(({ outcomes }) => outcomes),
        windows.map(({ correct }) => correct),
        windows.map(({ failures }) => failures),
        windows.map(({ agreed }) => agreed),
        windows.map(({ agreedFailures }) => agreedFailures),
        windows.map(({ reference }) => reference),
      ]);
    const counted = [...counts];
    if (counted.length > 0)
      await manager.query(WRITE_COUNTED, [
        counted.map(([id]) => id),
        counted.map(([, { judgedSeq }]) => judgedSeq.toString()),
        counted.map(([, { windowStart }]) => windowStart),
        counted.map(([, { correct }]) => correct),
        counted.map(([, { failed }]) => failed),
        counted.map(([, { agreed }]) => agreed),
        counted.map(([, { reference }]) => reference),
      ]);
    for (const { model, version, generation, state } of watches)
      await manager.query(WRITE_WATCH, [model, version, generation, state]);
    await manager.query(FORGET_COUNTED, [(upTo - REMEMBERED).toString()]);
    await manager.query(WRITE_CURSOR, [upTo.toString()]);
  }

  async openEpisode(manager: EntityManager, episode: readonly unknown[]): Promise<void> {
    await manager.query(OPEN_EPISODE, [...episode]);
  }

  async closeEpisodes(manager: EntityManager, model: string, version: string, at: string): Promise<void> {
    await manager.query(CLOSE_EPISODES, [model, version, at]);
  }

  /** How many drops each model has had. */
  async drops(manager: EntityManager): Promise<{ model: string; n: number }[]> {
    return manager.query<{ model: string; n: number }[]>(DROPS);
  }

  /** Of every version with a judged decision within 30 days. */
  async accuracy(manager: EntityManager): Promise<AccuracyRow[]> {
    return manager.query<AccuracyRow[]>(ACCURACY);
  }
}
