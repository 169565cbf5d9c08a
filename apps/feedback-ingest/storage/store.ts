import type { Pool, PoolClient } from 'pg';
import type { BinaryRows } from '#database/copy/binary-rows';
import { copyRows } from '#database/copy/copy';
import type { FeedbackRecord } from '#domain/feedback/record';
import type { TopicIdentity } from '#domain/streams/position';
import { insertDeadLetters, type RejectedMessage } from './dead-letters.js';
import { foldBatches } from './fold.js';
import { KnownIds } from './known-ids.js';
import { assignBatch, EventRows, type RecordRows } from './rows.js';

/** What one transaction stores. */
export interface FeedbackBatch {
  readonly records: RecordRows;
  /** Numbers of records that are left out. */
  readonly omitted?: ReadonlySet<number>;
  readonly rejected: readonly RejectedMessage[];
}

/** Where a partition is, and where it will be when the batch is stored. */
export interface Advance {
  readonly topic: string;
  readonly partition: number;
  /** Which topic of that name it is. */
  readonly identity: TopicIdentity;
  readonly expected: bigint;
  readonly next: bigint;
  /** Of what stands before `next`. */
  readonly leaderEpoch: number | null;
}

export interface StoredCounts {
  readonly stored: number;
  /** Events that were there before, or twice in the batch. */
  readonly duplicates: number;
  readonly deadLetters: number;
}

export type StoreResult =
  | ({ readonly kind: 'stored' } & StoredCounts)
  /** Somebody else has moved the partition on; nothing was stored. */
  | { readonly kind: 'fenced' };

/**
 * Many times what a batch takes: a COPY whose rows do not come, because this process stands still, is no idle transaction, and would
 * hold the offset.
 */
const BEGIN = 'begin; set local statement_timeout = 30000';

/** Writes feedback, a batch a transaction. */
export class FeedbackStore {
  private readonly known = new KnownIds();

  constructor(private readonly pool: Pool) {}

  /**
   * Stores a batch and moves the partition on, both or neither. The move is conditional on the offset and the topic the caller
   * believes in: whoever lost the partition meanwhile is told so, and has changed nothing.
   */
  async store(batch: FeedbackBatch, advance: Advance): Promise<StoreResult> {
    return this.transaction(async (client) => {
      const topic = client.escapeLiteral(advance.topic);
      const moved = await client.query(
        `${BEGIN}; update feedback.offsets set next_offset = ${advance.next}, leader_epoch = ${advance.leaderEpoch},
           epoch_offset = ${advance.next}, updated_at = now()
         where topic = ${topic} and partition = ${advance.partition} and next_offset = ${advance.expected}
           and identity = ${client.escapeLiteral(advance.identity)}`,
      );
      // Several statements in one text: pg answers with one result each.
      if (!Array.isArray(moved) || moved.at(-1)?.rowCount !== 1) {
        await client.query('rollback');
        return { kind: 'fenced' };
      }
      const { batchId, stored, duplicates } = await this.write(client, batch);
      const deadLetters = await insertDeadLetters(client, batch.rejected);
      const counted = `update feedback.offsets set stored = stored + ${stored}, duplicates = duplicates + ${duplicates},
        dead_letters = dead_letters + ${deadLetters}, last_received_at = now()
        where topic = ${topic} and partition = ${advance.partition}`;
      const unfolded =
        stored === 0 ? '' : `insert into feedback.unfolded_batches (batch_id, rows) values (${batchId}, ${stored});`;
      await client.query(`${counted}; ${unfolded} commit`);
      return { kind: 'stored', stored, duplicates, deadLetters };
    });
  }

  /** Stores events of an import and folds them at once, so that its counts are exact. */
  async storeImported(
    events: readonly FeedbackRecord[],
    receivedAt: number,
  ): Promise<{ taken: number; folded: number; duplicates: number }> {
    const records = new EventRows();
    // A microsecond apart, so that the order of receipt is kept.
    for (const [i, event] of events.entries()) records.add(event, receivedAt + i);
    return this.transaction(async (client) => {
      await client.query(BEGIN);
      const { batchId, stored, duplicates } = await this.write(client, { records, rejected: [] });
      // Folding waits for others that fold.
      await client.query('set local statement_timeout = 0');
      const taken = stored === 0 ? 0 : (await foldBatches(client, [batchId])).added;
      await client.query('commit');
      return { taken, folded: stored - taken, duplicates };
    });
  }

  /**
   * Whether Postgres takes records `from` to `to` (not included). Asked about parts of a batch that it refused, inside a
   * transaction that is always rolled back. Returns its complaint, or null.
   */
  async complaintAbout({ target, rows }: RecordRows, from: number, to: number): Promise<string | null> {
    const client = await this.pool.connect();
    try {
      await client.query(BEGIN);
      await copyRows(client, target, [rows.bytes(from, to)]);
      return null;
    } catch (error) {
      if (isDataError(error)) return error.message;
      throw error;
    } finally {
      await client.query('rollback').catch(() => {});
      client.release();
    }
  }

  private async write(
    client: PoolClient,
    { records, omitted }: FeedbackBatch,
  ): Promise<{ batchId: string; stored: number; duplicates: number }> {
    const { rows, target } = records;
    const offered = rows.count - (omitted?.size ?? 0);
    if (offered === 0) return { batchId: '0', stored: 0, duplicates: 0 };
    // What is left of the ids are those still to be written; each is written once. Null when each row is.
    const left = await this.claim(client, rows, omitted);
    const stored = left === null ? rows.count : left.size;
    if (stored === 0) return { batchId: '0', stored, duplicates: offered };

    const sequence = await client.query<{ id: string }>("select nextval('feedback.batch_ids') as id");
    const batchId = sequence.rows[0]?.id ?? '0';
    assignBatch(records, Number(batchId));
    function* chosen(): Generator<Buffer> {
      if (left === null) return yield rows.bytes(0, rows.count);
      let from = 0;
      for (let i = 0; i < rows.count; i++) {
        if (!omitted?.has(i) && left.delete(rows.firstUuid(i))) continue;
        if (i > from) yield rows.bytes(from, i);
        from = i + 1;
      }
      yield rows.bytes(from, rows.count);
    }
    await copyRows(client, target, chosen());
    return { batchId, stored, duplicates: offered - stored };
  }

  /** Which ids are new, and nobody else's from now on; null when those of all rows are. */
  private async claim(
    client: PoolClient,
    rows: BinaryRows,
    omitted?: ReadonlySet<number>,
  ): Promise<Set<string> | null> {
    if (omitted === undefined && rows.haveDistinctUuids()) return this.known.claim(client, rows);
    const distinct = new Set<string>();
    for (let i = 0; i < rows.count; i++) if (!omitted?.has(i)) distinct.add(rows.firstUuid(i));
    return (await this.known.claim(client, [...distinct])) ?? distinct;
  }

  /** A connection for one transaction. After an error nobody knows what state it is in, so it is closed. */
  private async transaction<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    const client = await this.pool.connect();
    try {
      const result = await work(client);
      client.release();
      return result;
    } catch (error) {
      client.release(true);
      throw error;
    }
  }
}

/** SQLSTATE classes 22 (data exception), 23 (integrity) and 54 (program limit): the data is at fault, not the server. */
export function isDataError(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && /^(22|23|54)/.test(error.code);
}
