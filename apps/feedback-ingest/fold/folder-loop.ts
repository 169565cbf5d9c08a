import { Inject, Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import { Counter, Gauge } from 'prom-client';
import type { Logger } from '#platform/logging';
import { Loop } from '#platform/loop/loop';
import { Loops } from '#platform/loop/loops';
import { LOGGER, POOL } from '../keys.js';
import { foldStored, waitingRows } from '../storage/fold.js';

const foldedRows = new Counter({
  name: 'ratchet_fold_rows_total',
  help: 'Stored events and predictions that were folded into the dataset.',
});
const judgedPredictions = new Counter({
  name: 'ratchet_fold_judged_total',
  help: 'Predictions that got their outcome, or another one.',
});
const waiting = new Gauge({
  name: 'ratchet_fold_waiting_rows',
  help: 'Stored events and predictions that are not in the dataset yet.',
});

/** Rows folded in one transaction: enough to be quick, little enough that others get their turn. */
const ROWS_AT_ONCE = 20_000;
/** Transactions in one go, before what was stored meanwhile is looked at. */
const MOST_STEPS = 10;
/** While there is much to catch up on, folding leaves the machine to it for so long … */
const HOLD_BACK_MS = 1_000;
/** … and at most so long altogether before it takes a turn. */
const LONGEST_HOLD_MS = 60_000;
/** Another instance may have stored something; without a signal, look this often. */
const POLL_MS = 500;
const LONGEST_BACK_OFF_MS = 5_000;

/** Keeps the dataset up to what was ingested: folds stored batches as soon as there are some. */
@Injectable()
export class FolderLoop {
  private readonly loop: Loop;
  private heldUntil = 0;
  private lastTurn = Date.now();

  constructor(
    @Inject(POOL) private readonly pool: Pool,
    @Inject(Loops) loops: Loops,
    @Inject(LOGGER) logger: Logger,
  ) {
    this.loop = loops.add(
      new Loop({
        name: 'fold',
        everyMs: POLL_MS,
        step: (stopping) => this.turn(stopping),
        logger,
        longestBackOffMs: LONGEST_BACK_OFF_MS,
        patienceMs: LONGEST_HOLD_MS,
      }),
    );
  }

  /** Something was stored. */
  wake(): void {
    this.loop.wake();
  }

  /** There is a backlog: first store, then fold, or both take longer. */
  holdBack(): void {
    this.heldUntil = Math.min(Date.now() + HOLD_BACK_MS, this.lastTurn + LONGEST_HOLD_MS);
  }

  private async turn(stopping: AbortSignal): Promise<boolean> {
    if (this.heldUntil > Date.now()) return false;
    this.lastTurn = Date.now();
    return this.fold(stopping);
  }

  private async fold(stopping: AbortSignal): Promise<boolean> {
    const goOn = (done: number): boolean => done < MOST_STEPS && !stopping.aborted;
    const more = await foldStored(this.pool, ROWS_AT_ONCE, goOn, (counts) => {
      foldedRows.inc(counts.rows);
      judgedPredictions.inc(counts.judged);
    });
    waiting.set(await waitingRows(this.pool));
    return more;
  }
}
