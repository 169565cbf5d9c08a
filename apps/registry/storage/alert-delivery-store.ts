import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { sqlIn } from '#database/sql';
import type { Notice } from '../alerts/notice.js';

const sql = sqlIn(import.meta.dirname);

/** One registry at a time tells a target; the lock ends with the transaction. */
const LOCK = `select pg_try_advisory_xact_lock(hashtext('ratchet alerts to ' || $1)) as held`;

const BEGIN = sql('begin-deliveries');

const DUE = sql('due-deliveries');

const TOLD = sql('delivered');

const FAILED = sql('delivery-failed');

const WAITING = sql('waiting-deliveries');

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

  /** @param againSeconds an open alert is due again after this long; null for never */
  due(manager: EntityManager, target: string, againSeconds: number | null): Promise<Notice[]> {
    return manager.query<Notice[]>(DUE, [target, againSeconds ?? 1e9]);
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
}
