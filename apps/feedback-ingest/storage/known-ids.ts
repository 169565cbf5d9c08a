import type { ClientBase } from 'pg';
import { BinaryRows } from '#database/copy/binary-rows';
import { copyRows } from '#database/copy/copy';

const UNIQUE_VIOLATION = '23505';
const STAGE = 'create temporary table if not exists incoming_ids (event_id uuid) on commit delete rows';
const CLAIM = `
insert into feedback.event_ids (event_id)
select event_id from incoming_ids
on conflict do nothing
returning event_id`;

/** After a conflict the next so many batches do not try the direct way: repeats come in series. */
const STAGED_AFTER_CONFLICT = 20;

function isUniqueViolation(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === UNIQUE_VIOLATION;
}

/**
 * Claims event ids inside a transaction, a set at a time: the ids nobody had before.
 *
 * Nearly always all are new, and one COPY straight into the table says so. If it hits a known id, Postgres takes it
 * back to a savepoint, and a staging table with ON CONFLICT tells the new ones from the known. Ids are claimed for
 * good: an event stays unique when its old partition is long detached, and whatever time it comes with.
 */
export class KnownIds {
  private staged = 0;

  /**
   * @param ids without repeats, or rows whose ids have none
   * @returns null when all were new
   */
  async claim(client: ClientBase, ids: readonly string[] | BinaryRows): Promise<Set<string> | null> {
    const owners = ids instanceof BinaryRows ? ids : rowsOf(ids);
    if (owners.count === 0) return null;
    const rows = owners.sortedUuids();
    const fresh = await this.claimRows(client, [rows.bytes(0, rows.count)], rows.count);
    rows.release();
    return fresh;
  }

  private async claimRows(client: ClientBase, rows: readonly Buffer[], count: number): Promise<Set<string> | null> {
    if (this.staged > 0) {
      this.staged--;
      return this.claimStaged(client, rows, count);
    }
    await client.query('savepoint claim');
    try {
      await copyRows(client, 'feedback.event_ids (event_id)', rows);
      return null;
    } catch (error) {
      if (!isUniqueViolation(error)) throw error;
      this.staged = STAGED_AFTER_CONFLICT;
      await client.query('rollback to savepoint claim');
      return this.claimStaged(client, rows, count);
    }
  }

  private async claimStaged(client: ClientBase, rows: readonly Buffer[], count: number): Promise<Set<string> | null> {
    await client.query(STAGE);
    await copyRows(client, 'incoming_ids (event_id)', rows);
    const { rows: fresh } = await client.query<{ event_id: string }>(CLAIM);
    return fresh.length === count ? null : new Set(fresh.map((row) => row.event_id));
  }
}

function rowsOf(ids: readonly string[]): BinaryRows {
  const rows = new BinaryRows(1);
  for (const id of ids) {
    rows.begin();
    rows.uuid(id);
  }
  return rows;
}
