import type { Pool } from 'pg';
import { sqlIn } from '#database/sql';

const sql = sqlIn(import.meta.dirname);

export interface SourceRow {
  readonly topic: string;
  readonly stored: number;
  readonly duplicates: number;
  readonly dead_letters: number;
  readonly last_received_at: Date | null;
  readonly recent: number;
}

export interface PartitionOffset {
  readonly topic: string;
  readonly partition: number;
  readonly next_offset: string;
  readonly identity: string | null;
}

const SOURCES = sql('sources');

/** What has come from each topic so far. */
export async function readSources(pool: Pool): Promise<SourceRow[]> {
  return (await pool.query<SourceRow>(SOURCES)).rows;
}

export async function readOffsets(pool: Pool): Promise<PartitionOffset[]> {
  return (await pool.query<PartitionOffset>('select topic, partition, next_offset, identity from feedback.offsets'))
    .rows;
}
