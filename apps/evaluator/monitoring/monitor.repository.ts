import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { z } from 'zod';
import type { JudgedPrediction } from '#domain/monitoring/judged-prediction';
import type { EarlierCount, MonitorChanges, Watch } from '#domain/monitoring/live-monitor';
import * as sql from './monitor.sql.js';

const Time = z.date().transform((date) => date.toISOString());

const Predictions = z.array(
  z
    .object({
      judged_seq: z.string().transform(BigInt),
      prediction_id: z.string(),
      model: z.string(),
      version: z.string(),
      generation: z.coerce.number(),
      role: z.enum(['live', 'canary', 'shadow']),
      decision: z.string(),
      action: z.string(),
      probabilities: z.record(z.string(), z.number()),
      success: z.boolean(),
      occurred_at: Time,
    })
    .transform(
      ({ judged_seq: judgedSeq, prediction_id: predictionId, occurred_at: occurredAt, ...rest }): JudgedPrediction => ({
        judgedSeq,
        predictionId,
        occurredAt,
        ...rest,
      }),
    ),
);

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

/** How many judgements back a correction is still recognised. */
const REMEMBERED = 2_000_000n;

/** The stream of judged predictions and what was made of it; every method works in the transaction of its manager. */
@Injectable()
export class MonitorRepository {
  /** False if another evaluator is at it. */
  async lock(manager: EntityManager): Promise<boolean> {
    const [row] = z.array(z.object({ held: z.boolean() })).parse(await manager.query(sql.LOCK));
    return row?.held ?? false;
  }

  /** The next predictions after the cursor. */
  async read(manager: EntityManager, most: number): Promise<JudgedPrediction[]> {
    const cursors = z.array(z.object({ judged_seq: z.string() })).parse(await manager.query(sql.READ_CURSOR));
    return Predictions.parse(await manager.query(sql.READ_PREDICTIONS, [cursors[0]?.judged_seq ?? '0', most]));
  }

  async earlierCounts(manager: EntityManager, predictionIds: readonly string[]): Promise<Map<string, EarlierCount>> {
    const rows = Counted.parse(await manager.query(sql.READ_COUNTED, [predictionIds]));
    return new Map(
      rows.map(({ prediction_id: id, window_start: windowStart, ...rest }) => [id, { windowStart, ...rest }]),
    );
  }

  async watches(manager: EntityManager, of: readonly { model: string; version: string }[]): Promise<Watch[]> {
    const columns = [of.map(({ model }) => model), of.map(({ version }) => version)];
    return Watches.parse(await manager.query(sql.READ_WATCHES, columns));
  }

  /** Stores what a batch changed, and that it was read. */
  async write(manager: EntityManager, { windows, watches, counts }: MonitorChanges, upTo: bigint): Promise<void> {
    if (windows.length > 0)
      await manager.query(sql.ADD_WINDOWS, [
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
      await manager.query(sql.WRITE_COUNTED, [
        counted.map(([id]) => id),
        counted.map(([, { judgedSeq }]) => judgedSeq.toString()),
        counted.map(([, { windowStart }]) => windowStart),
        counted.map(([, { correct }]) => correct),
        counted.map(([, { failed }]) => failed),
        counted.map(([, { agreed }]) => agreed),
        counted.map(([, { reference }]) => reference),
      ]);
    for (const { model, version, generation, state } of watches)
      await manager.query(sql.WRITE_WATCH, [model, version, generation, state]);
    await manager.query(sql.FORGET_COUNTED, [(upTo - REMEMBERED).toString()]);
    await manager.query(sql.WRITE_CURSOR, [upTo.toString()]);
  }

  async openEpisode(manager: EntityManager, episode: readonly unknown[]): Promise<void> {
    await manager.query(sql.OPEN_EPISODE, [...episode]);
  }

  async closeEpisodes(manager: EntityManager, model: string, version: string, at: string): Promise<void> {
    await manager.query(sql.CLOSE_EPISODES, [model, version, at]);
  }
}
