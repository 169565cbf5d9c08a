import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { performance } from 'node:perf_hooks';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';

/** Writes the rows that ours has stored to a file, as the raw COPY will read them. */
export async function dumpRows(databaseUrl: string, file: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await pipeline(client.query(copyTo('COPY (SELECT * FROM feedback.events) TO STDOUT')), createWriteStream(file));
  await client.end();
  if ((await stat(file)).size === 0) throw new Error('there are no rows to copy');
}

/** Rows a second of one COPY of the same rows into a bare table: nothing read, nothing checked, no index. */
export async function measureRawCopy(databaseUrl: string, file: string, rows: number): Promise<number> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query('drop table if exists public.raw_events');
  await client.query('create table public.raw_events (like feedback.events)');
  await client.query('checkpoint');
  const begin = performance.now();
  await pipeline(
    createReadStream(file, { highWaterMark: 256 * 1024 }),
    client.query(copyFrom('COPY public.raw_events FROM STDIN')),
  );
  const elapsed = performance.now() - begin;
  await client.query('drop table public.raw_events');
  await client.end();
  return (rows * 1000) / elapsed;
}
