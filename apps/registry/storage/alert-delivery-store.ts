import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { z } from 'zod';
import { sqlIn } from '#database/sql';
import type { Notice } from '../alerts/news.js';

const sql = sqlIn(import.meta.dirname);

/** One registry at a time claims what is due; the lock ends with the transaction. */
const LOCK = `select pg_try_advisory_xact_lock(hashtext('ratchet alerts to ' || $1)) as held`;

const BEGIN = sql('begin-deliveries');

const CLAIM = sql('claim-delivery');

const TOLD = sql('delivered');

const FAILED = sql('delivery-failed');

const WAITING = sql('waiting-deliveries');

const STANDING = sql('channel-standing');

const Standing = z.object({
  waiting: z.int(),
  delivered_at: z
    .date()
    .transform((at) => at.toISOString())
    .nullable(),
  problem: z.string().nullable(),
});

/** Longer than any channel takes to send one piece of news, or to give up. */
const CLAIMED_SECONDS = 30;

/** Who has been told of which alert. */
@Injectable()
export class AlertDeliveryStore {
  async lock(manager: EntityManager, target: string): Promise<boolean> {
    const rows = await manager.query<{ held: boolean }[]>(LOCK, [target]);
    return rows[0]?.held ?? false;
  }

  async begin(manager: EntityManager, target: string): Promise<void> {
    await manager.query(BEGIN, [target]);
  }

  /**
   * The first that is due, for whoever tells it now.
   *
   * @param againSeconds an open alert is due again after this long; null for never
   */
  async claim(manager: EntityManager, target: string, againSeconds: number | null): Promise<Notice | null> {
    const rows = await manager.query<Notice[]>(CLAIM, [target, againSeconds ?? 1e9, CLAIMED_SECONDS]);
    return rows[0] ?? null;
  }

  async told(manager: EntityManager, target: string, { id, status }: Notice): Promise<void> {
    await manager.query(TOLD, [id, target, status]);
  }

  async failed(manager: EntityManager, target: string, { id }: Notice, problem: string): Promise<void> {
    await manager.query(FAILED, [id, target, problem]);
  }

  async waiting(manager: EntityManager, target: string): Promise<number> {
    const rows = await manager.query<{ n: number }[]>(WAITING, [target]);
    return rows[0]?.n ?? 0;
  }

  async standing(manager: EntityManager, target: string): Promise<z.infer<typeof Standing>> {
    const [row] = await manager.query<unknown[]>(STANDING, [target]);
    return Standing.parse(row);
  }
}
