import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import type { Pool } from 'pg';
import { Counter, Gauge } from 'prom-client';
import { foldNext } from '#database/feedback/fold';
import type { Logger } from '#platform/logging';
import { WakeUp } from '#platform/wake-up';
import { LOGGER, POOL } from '../tokens.js';

const foldedRows = new Counter({
  name: 'ratchet_fold_rows_total',
  help: 'Stored events and predictions that were folded into the dataset.',
});
const judgedPredictions = new Counter({
  name: 'ratchet_fold_judged_total',
  help: 'Predictions that got their outcome, or another one.',
});
const waitingRows = new Gauge({
  name: 'ratchet_fold_waiting_rows',
  help: 'Stored events and predictions that are not in the dataset yet.',
});

/** Rows folded in one transaction: enough to be quick, little enough that others get their turn. */
const ROWS_AT_ONCE = 20_000;
/** While there is much to catch up on, folding leaves the machine to it for so long … */
const HOLD_BACK_MS = 1_000;
/** … and at most so long altogether before it takes a turn. */
const LONGEST_HOLD_MS = 60_000;
/** Another instance may have stored something; without a signal, look this often. */
const POLL_MS = 500;
const LONGEST_BACK_OFF_MS = 5_000;
const WAITING = 'select rows from feedback.fold_lag';

/** Keeps the dataset up to what was ingested: folds stored batches as soon as there are some. One loop, no timers. */
@Injectable()
export class FolderLoop implements OnApplicationBootstrap {
  private running: Promise<void> | null = null;
  private stopping = false;
  private readonly wakeUp = new WakeUp();
  private heldUntil = 0;
  private lastTurn = Date.now();

  constructor(
    @Inject(POOL) private readonly pool: Pool,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.running = this.run();
  }

  /** Resolves when the fold under way is done. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.wake();
    await this.running;
  }

  /** Something was stored. */
  wake(): void {
    this.wakeUp.wake();
  }

  /** There is a backlog: first store, then fold, or both take longer. */
  holdBack(): void {
    this.heldUntil = Math.min(Date.now() + HOLD_BACK_MS, this.lastTurn + LONGEST_HOLD_MS);
  }

  private async run(): Promise<void> {
    let backOff = 100;
    while (!this.stopping) {
      try {
        const held = this.heldUntil - Date.now();
        if (held > 0) {
          this.wakeUp.clear();
          await this.wakeUp.sleep(held);
          continue;
        }
        this.lastTurn = Date.now();
        this.wakeUp.clear();
        const folded = await this.foldOnce();
        backOff = 100;
        if (!folded) await this.wakeUp.sleep(POLL_MS);
      } catch (error) {
        this.logger.warn({ err: error, retry_in_ms: backOff }, 'folding was interrupted');
        await this.wakeUp.sleep(backOff);
        backOff = Math.min(backOff * 2, LONGEST_BACK_OFF_MS);
      }
    }
  }

  private async foldOnce(): Promise<boolean> {
    const client = await this.pool.connect();
    let broken = true;
    try {
      const counts = await foldNext(client, ROWS_AT_ONCE);
      const { rows } = await client.query<{ rows: string }>(WAITING);
      waitingRows.set(Number(rows[0]?.rows ?? 0));
      broken = false;
      if (counts === null) return false;
      foldedRows.inc(counts.rows);
      judgedPredictions.inc(counts.judged);
      return true;
    } finally {
      client.release(broken);
    }
  }
}
