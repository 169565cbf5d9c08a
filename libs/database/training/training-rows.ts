import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { to } from 'pg-copy-streams';
import { z } from 'zod';

/**
 * The rows of a model, in the columns of a snapshot file (SNAPSHOT_COLUMNS). Unsorted: DuckDB sorts them faster, and
 * always by code point.
 */
export const trainingRowsQuery = (model: string): string =>
  `SELECT task_id, occurred_at AT TIME ZONE 'UTC', action, success, label, propensity, version, features FROM feedback.training_rows WHERE model = ${pg.escapeLiteral(model)}`;

/**
 * State of a model's dataset in few characters: equal ones mean equal rows, read by the same view. (Rows that were moved,
 * as by VACUUM FULL, look changed; that only costs a copy.)
 */
const FINGERPRINT = `
select count(*) || ' ' || coalesce(sum(hashtidextended(place, written_by::text::bigint)), 0) || ' '
  || md5(pg_get_viewdef('feedback.training_rows'::regclass)) as fingerprint
from feedback.training_row_versions where model = $1`;
const Fingerprint = z.tuple([z.object({ fingerprint: z.string() })]);

export interface CopyOptions {
  /** Asked before anything is copied: true if the rows in this state are there already. */
  known(fingerprint: string): Promise<boolean>;
  /** Called now and then with the bytes copied so far. */
  onBytes?(bytes: number): void;
  readonly signal?: AbortSignal;
}

/**
 * Copies a model's rows into a file in COPY's text format, as a stream of bytes that nobody here looks at, unless they are known. Tells
 * their state, which is that of the very rows copied.
 */
export async function copyRows(
  databaseUrl: string,
  model: string,
  file: string,
  { known, onBytes, signal }: CopyOptions,
): Promise<{ readonly fingerprint: string; readonly copied: boolean }> {
  const client = new pg.Client({
    connectionString: databaseUrl,
    application_name: 'ratchet-trainer-snapshot',
    options: '-c timezone=UTC',
  });
  // A broken connection also ends the stream below with an error, which is where it is handled.
  client.on('error', () => undefined);
  await client.connect();
  try {
    // One view of the data for both: rows that come in between belong to the next snapshot.
    await client.query('begin isolation level repeatable read read only');
    const [{ fingerprint }] = Fingerprint.parse((await client.query(FINGERPRINT, [model])).rows);
    if (await known(fingerprint)) return { fingerprint, copied: false };
    const query = trainingRowsQuery(model);
    const rows = client.query(to(`COPY (${query}) TO STDOUT`, { highWaterMark: 1 << 20 }));
    let bytes = 0;
    rows.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      onBytes?.(bytes);
    });
    await pipeline(rows, createWriteStream(file, { highWaterMark: 1 << 20 }), { ...(signal ? { signal } : {}) });
    return { fingerprint, copied: true };
  } finally {
    await client.end();
  }
}
