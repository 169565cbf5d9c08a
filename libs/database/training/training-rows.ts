import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { to } from 'pg-copy-streams';

/**
 * The rows of a model, in the columns of a snapshot file (SNAPSHOT_COLUMNS). Unsorted: DuckDB sorts them faster, and
 * always by code point.
 */
export const trainingRowsQuery = (model: string): string =>
  `SELECT task_id, occurred_at AT TIME ZONE 'UTC', action, success, label, propensity, version, features FROM feedback.training_rows WHERE model = ${pg.escapeLiteral(model)}`;

export interface CopyProgress {
  /** Called now and then with the bytes copied so far. */
  onBytes?(bytes: number): void;
  readonly signal?: AbortSignal;
}

/** Copies what a query gives into a CSV file, as a stream of bytes that nobody here looks at. */
export async function copyToFile(
  databaseUrl: string,
  query: string,
  file: string,
  { onBytes, signal }: CopyProgress = {},
): Promise<void> {
  const client = new pg.Client({
    connectionString: databaseUrl,
    application_name: 'ratchet-trainer-snapshot',
    options: '-c timezone=UTC',
  });
  // A broken connection also ends the stream below with an error, which is where it is handled.
  client.on('error', () => undefined);
  await client.connect();
  try {
    const rows = client.query(to(`COPY (${query}) TO STDOUT (FORMAT csv)`, { highWaterMark: 1 << 20 }));
    let bytes = 0;
    rows.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      onBytes?.(bytes);
    });
    await pipeline(rows, createWriteStream(file, { highWaterMark: 1 << 20 }), { ...(signal ? { signal } : {}) });
  } finally {
    await client.end();
  }
}
