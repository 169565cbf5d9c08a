import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
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

/** What other connections need to see the same rows, and the size of their table in blocks. */
const VIEW = `
select pg_export_snapshot() as view,
  (pg_relation_size('feedback.tasks') / current_setting('block_size')::int)::float8 as blocks`;
const View = z.tuple([z.object({ view: z.string(), blocks: z.number() })]);

/** As many connections copy at once. One process of Postgres turns rows into text no faster than one core can. */
const PARTS = 2;
/** Bytes written to a file at once. */
const BATCH = 1 << 20;

export interface CopyOptions {
  /** Asked before anything is copied: true if the rows in this state are there already. */
  known(fingerprint: string): Promise<boolean>;
  /** Called now and then with the bytes copied so far. */
  onBytes?(bytes: number): void;
  readonly signal?: AbortSignal;
}

export interface CopiedRows {
  readonly fingerprint: string;
  /** Files in COPY's text format; null if the rows were known. */
  readonly files: readonly string[] | null;
}

/**
 * Copies a model's rows into files of a folder, as streams of bytes that nobody here looks at, unless they are known.
 * Tells their state, which is that of the very rows copied.
 */
export async function copyRows(
  databaseUrl: string,
  model: string,
  folder: string,
  { known, onBytes, signal }: CopyOptions,
): Promise<CopiedRows> {
  const clients: pg.Client[] = [];
  const connect = async (): Promise<pg.Client> => {
    const client = new pg.Client({
      connectionString: databaseUrl,
      application_name: 'ratchet-trainer-snapshot',
      options: '-c timezone=UTC',
    });
    // A broken connection also ends its stream with an error, which is where it is handled.
    client.on('error', () => undefined);
    clients.push(client);
    await client.connect();
    await client.query('begin isolation level repeatable read read only');
    return client;
  };
  try {
    // One view of the data for all: rows that come in between belong to the next snapshot.
    const first = await connect();
    const [{ fingerprint }] = Fingerprint.parse((await first.query(FINGERPRINT, [model])).rows);
    if (await known(fingerprint)) return { fingerprint, files: null };
    const [{ view, blocks }] = View.parse((await first.query(VIEW)).rows);
    let bytes = 0;
    const copyPart = async (part: number): Promise<string> => {
      const client = part === 0 ? first : await connect();
      if (client !== first) await client.query(`set transaction snapshot ${pg.escapeLiteral(view)}`);
      const file = join(folder, `rows-${part}.copy`);
      const rows = client.query(to(`COPY (${rowsBetween(model, part, blocks)}) TO STDOUT`, { highWaterMark: BATCH }));
      rows.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        onBytes?.(bytes);
      });
      await pipeline(rows, inBatches, createWriteStream(file), { ...(signal ? { signal } : {}) });
      return file;
    };
    return { fingerprint, files: await Promise.all(Array.from({ length: PARTS }, (_, part) => copyPart(part))) };
  } finally {
    await Promise.all(clients.map((client) => client.end()));
  }
}

/** The rows in one part of the table's blocks; the last part has no end. */
function rowsBetween(model: string, part: number, blocks: number): string {
  const block = (boundary: number): string => `'(${Math.floor((blocks * boundary) / PARTS)},0)'::tid`;
  const end = part === PARTS - 1 ? '' : ` AND place < ${block(part + 1)}`;
  return `${trainingRowsQuery(model)} AND place >= ${block(part)}${end}`;
}

/** Socket reads are small; a write for each would cost more than reading it. */
async function* inBatches(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let held: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    held.push(chunk);
    bytes += chunk.length;
    if (bytes < BATCH) continue;
    yield Buffer.concat(held);
    held = [];
    bytes = 0;
  }
  yield Buffer.concat(held);
}
