import type { Pool } from 'pg';
import type { ImportCounts, ImportKind, ImportProgress } from '#contracts/http/ingest';
import { sqlIn } from '#database/sql';

const sql = sqlIn(import.meta.dirname);

/** What is noted about an import when it begins. */
export interface NewImport {
  readonly importId: string;
  readonly source: 'file' | 'historical-api';
  readonly name: string;
  readonly kind: string;
  readonly model: string;
  readonly actor: string;
  readonly bytesTotal: number | null;
  readonly counts: ImportCounts;
}

const BEGIN = sql('begin-import');
const UPDATE = sql('update-import');
const RECENT = sql('recent-imports');

export interface ImportRow {
  readonly import_id: string;
  readonly source: 'file' | 'historical-api';
  readonly name: string;
  readonly kind: ImportKind;
  readonly model: string;
  readonly actor: string;
  readonly state: 'running' | 'done' | 'failed';
  readonly bytes_read: number;
  readonly bytes_total: number | null;
  readonly counts: ImportCounts;
  readonly error: string | null;
  readonly started_at: Date;
  readonly updated_at: Date;
}

/** The list of imports and collections, for people to look at; nothing depends on it. */
export class ImportLog {
  constructor(private readonly pool: Pool) {}

  async begin(entry: NewImport): Promise<void> {
    const { importId, source, name, kind, model, actor, bytesTotal, counts } = entry;
    await this.pool.query(BEGIN, [importId, source, name, kind, model, actor, bytesTotal, JSON.stringify(counts)]);
  }

  async update(progress: ImportProgress): Promise<void> {
    const state = !progress.done ? 'running' : progress.error === null ? 'done' : 'failed';
    await this.pool.query(UPDATE, [
      progress.import_id,
      state,
      progress.bytes_read,
      JSON.stringify(progress.counts),
      progress.error,
    ]);
  }

  /** Newest first. */
  async recent(limit: number): Promise<ImportRow[]> {
    return (await this.pool.query<ImportRow>(RECENT, [limit])).rows;
  }
}
