import type { ClientBase } from 'pg';
import { copyRows } from '../copy/copy.js';

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

  /** @param ids without repeats. Returns null when all were new. */
  async claim(client: ClientBase, ids: readonly string[]): Promise<Set<string> | null> {
    if (ids.length === 0) return null;
    const rows = [`${ids.join('\n')}\n`];
    if (this.staged > 0) {
      this.staged--;
      return this.claimStaged(client, rows, ids.length);
    }
    await client.query('savepoint claim');
    try {
      await copyRows(client, 'feedback.event_ids (event_id)', rows);
      return null;
    } catch (error) {
      if (!isUniqueViolation(error)) throw error;
      this.staged = STAGED_AFTER_CONFLICT;
      await client.query('rollback to savepoint claim');
      return this.claimStaged(client, rows, ids.length);
    }
  }

  private async claimStaged(client: ClientBase, rows: readonly string[], count: number): Promise<Set<string> | null> {
    await client.query(STAGE);
    await copyRows(client, 'incoming_ids (event_id)', rows);
    const { rows: fresh } = await client.query<{ event_id: string }>(CLAIM);
    return fresh.length === count ? null : new Set(fresh.map((row) => row.event_id));
  }
}
