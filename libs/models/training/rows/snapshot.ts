import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { literal } from '#features/sql';
import type { SnapshotResult } from '../process/job.js';
import { copiedRowsSql } from './copy-text.js';
import type { TrainingDatabase } from './duckdb.js';

/** Whoever reads the file has a whole group of each thread in memory, unpacked. A multiple of DuckDB's vectors of 2048. */
const ROWS_PER_GROUP = 30_720;

/**
 * Freezes rows that COPY wrote (text format, SNAPSHOT_COLUMNS) as Parquet, sorted by task. The same rows give the same
 * bytes, whatever order they came in and however many threads wrote them; so the SHA-256 of the file is the hash of its
 * content.
 */
export async function writeSnapshot(
  database: TrainingDatabase,
  copied: readonly string[],
  parquet: string,
): Promise<SnapshotResult> {
  await database.run(`
    copy (from (${copiedRowsSql(copied)}) order by task_id)
    to ${literal(parquet)} (format parquet, compression zstd, row_group_size ${ROWS_PER_GROUP})`);
  return describeSnapshot(database, parquet);
}

/** Hash, size and newest time of a snapshot file. */
export async function describeSnapshot(database: TrainingDatabase, parquet: string): Promise<SnapshotResult> {
  const [rows, watermark] = await database.row(
    `select count(*), strftime(max(occurred_at), '%Y-%m-%dT%H:%M:%S.%gZ') from read_parquet(${literal(parquet)})`,
  );
  const hash = createHash('sha256');
  await pipeline(createReadStream(parquet, { highWaterMark: 1 << 20 }), hash);
  return {
    path: parquet,
    hash: `sha256:${hash.digest('hex')}`,
    rows: Number(rows),
    watermark: typeof watermark === 'string' ? watermark : '1970-01-01T00:00:00.000Z',
  };
}
