import type { ClientBase } from 'pg';
import { sqlIn } from '#database/sql';

const sql = sqlIn(import.meta.dirname);

const PREPARE = sql('prepare-fold');
const FOLD = sql('fold-batches');
const WAITING = 'select rows::float8 as rows from feedback.fold_lag';
const TAKE = sql('take-batches');

export interface FoldCounts {
  /** Tasks that are new in the dataset. */
  readonly added: number;
  /** Tasks of which more is known now. */
  readonly updated: number;
  /** Predictions that got their outcome, or another one. */
  readonly judged: number;
}

/** Folds batches into the dataset inside the caller's transaction, which keeps other folds waiting until it ends. */
export async function foldBatches(client: ClientBase, batchIds: readonly string[]): Promise<FoldCounts> {
  await client.query(PREPARE);
  return fold(client, batchIds);
}

async function fold(client: ClientBase, batchIds: readonly string[]): Promise<FoldCounts> {
  const { rows } = await client.query<{ added: number; updated: number; judged: number }>(FOLD, [batchIds]);
  return rows[0] ?? { added: 0, updated: 0, judged: 0 };
}

/**
 * Takes committed batches off the list and folds them, in one transaction: each batch exactly once, whatever order
 * they were committed in. Returns null when there was nothing to fold.
 *
 * @param rows about how many rows to fold at once
 */
export async function foldNext(client: ClientBase, rows: number): Promise<(FoldCounts & { rows: number }) | null> {
  await client.query('begin');
  try {
    await client.query(PREPARE);
    const { rows: taken } = await client.query<{ batch_id: string; rows: number }>(TAKE, [rows]);
    if (taken.length === 0) {
      await client.query('rollback');
      return null;
    }
    const counts = await fold(
      client,
      taken.map((batch) => batch.batch_id),
    );
    await client.query('commit');
    return { ...counts, rows: taken.reduce((sum, batch) => sum + batch.rows, 0) };
  } catch (error) {
    await client.query('rollback').catch(() => {});
    throw error;
  }
}

/** Rows of stored batches that are still to be folded. */
export async function waitingRows(client: ClientBase): Promise<number> {
  const { rows } = await client.query<{ rows: number }>(WAITING);
  return rows[0]?.rows ?? 0;
}
