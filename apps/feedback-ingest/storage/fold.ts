import type { ClientBase, Pool } from 'pg';
import { sqlIn } from '#database/sql';

const sql = sqlIn(import.meta.dirname);

const PREPARE = sql('prepare-fold');
const FOLD = sql('fold-batches');
const WAITING = 'select rows::float8 as rows from feedback.fold_lag';
const TAKE = sql('take-batches');
const SPLIT = sql('split-batches');

export interface FoldCounts {
  /** Tasks that are new in the dataset. */
  readonly added: number;
  /** Tasks of which more is known now. */
  readonly updated: number;
  /** Predictions that got their outcome, or another one. */
  readonly judged: number;
}

/** Parts of the dataset, by task, that are folded at the same time. Their tables and SQL know of as many. */
const PARTS = [0, 1] as const;
/** Any fixed numbers: whoever folds all parts keeps everybody else waiting, and whoever folds one those who fold the same. */
const ALL_PARTS_LOCK = 20_260_102;
const PART_LOCK = 20_260_104;
const LOCK_ALL = `select pg_advisory_xact_lock(${ALL_PARTS_LOCK})`;
const LOCK_PART = `select pg_advisory_xact_lock_shared(${ALL_PARTS_LOCK}), pg_advisory_xact_lock(${PART_LOCK}, $1)`;

/** Folds batches into the dataset inside the caller's transaction, which keeps other folds waiting until it ends. */
export async function foldBatches(client: ClientBase, batchIds: readonly string[]): Promise<FoldCounts> {
  await client.query(LOCK_ALL);
  return fold(client, batchIds, null);
}

async function fold(client: ClientBase, batchIds: readonly string[], part: number | null): Promise<FoldCounts> {
  await client.query(PREPARE);
  const { rows } = await client.query<{ added: number; updated: number; judged: number }>(FOLD, [batchIds, part]);
  return rows[0] ?? { added: 0, updated: 0, judged: 0 };
}

/**
 * Folds what is stored, all parts at the same time, each batch exactly once, whatever order they were committed in. Returns false
 * when there was nothing to fold.
 *
 * @param rows about how many rows to fold in one transaction
 * @param goOn asked before each transaction of a part but the first
 * @param folded told of each transaction
 */
export async function foldStored(
  pool: Pool,
  rows: number,
  goOn: (done: number) => boolean,
  folded: (counts: FoldCounts & { readonly rows: number }) => void,
): Promise<boolean> {
  await pool.query(SPLIT);
  const foldPart = async (part: number): Promise<boolean> => {
    let done = 0;
    do {
      const counts = await inTransaction(pool, (client) => foldNext(client, part, rows));
      if (counts === null) return done > 0;
      folded(counts);
      done++;
    } while (goOn(done));
    return true;
  };
  const ended = await Promise.allSettled(PARTS.map(foldPart));
  const failed = ended.find((part) => part.status === 'rejected');
  if (failed) throw failed.reason;
  return ended.some((part) => part.status === 'fulfilled' && part.value);
}

/** Takes committed batches of a part off the list and folds them. Returns null when there were none. */
async function foldNext(
  client: ClientBase,
  part: number,
  rows: number,
): Promise<(FoldCounts & { rows: number }) | null> {
  await client.query(LOCK_PART, [part]);
  const { rows: taken } = await client.query<{ batch_id: string; rows: number }>(TAKE, [rows, part]);
  if (taken.length === 0) return null;
  const batchIds = taken.map((batch) => batch.batch_id);
  const counts = await fold(client, batchIds, part);
  return { ...counts, rows: taken.reduce((sum, batch) => sum + batch.rows, 0) };
}

/** A transaction on a connection of its own. After an error nobody knows what state that is in, so it is closed. */
async function inTransaction<T>(pool: Pool, work: (client: ClientBase) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    const result = await work(client);
    await client.query('commit');
    client.release();
    return result;
  } catch (error) {
    client.release(true);
    throw error;
  }
}

/** Rows of stored batches that are still to be folded. */
export async function waitingRows(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ rows: number }>(WAITING);
  return rows[0]?.rows ?? 0;
}
