import type { ClientBase } from 'pg';
import { FOLD_BATCHES } from './fold.sql.js';

/** Any fixed number: batches are folded one transaction at a time, so that a fold sees all folds before it. */
const FOLD_LOCK = 20_260_102;

/** Every row of a fold has its counterpart behind an index; a scan of years of data is never the better plan. */
const PREPARE = `
set local enable_seqscan = off;
set local enable_hashjoin = off;
set local enable_mergejoin = off;
select pg_advisory_xact_lock(${FOLD_LOCK})`;

const TAKE = `
with next as (
  select batch_id, sum(rows) over (order by batch_id) - rows as rows_before
  from feedback.unfolded_batches order by batch_id limit 200
)
delete from feedback.unfolded_batches u using next
where u.batch_id = next.batch_id and (next.rows_before = 0 or next.rows_before < $1)
returning u.batch_id, u.rows`;

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
  const { rows } = await client.query<{ added: number; updated: number; judged: number }>(FOLD_BATCHES, [batchIds]);
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
