import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { to } from 'pg-copy-streams';
import type { DataSource } from 'typeorm';
import { z } from 'zod';
import { poolOf } from '#database/data-source';
import { sqlIn } from '#database/sql';

const sql = sqlIn(import.meta.dirname);

/**
 * The rows of a model, in the columns of a snapshot file (SNAPSHOT_COLUMNS). Unsorted: DuckDB sorts them faster, and
 * always by code point.
 */
export const trainingRowsQuery = (model: string): string =>
  `SELECT task_id, occurred_at AT TIME ZONE 'UTC', action, success, label, propensity, version, features FROM feedback.training_rows WHERE model = ${pg.escapeLiteral(model)}`;

const FINGERPRINT = sql('rows-fingerprint');
const VIEW = sql('rows-view');
const COUNT = sql('count-rows');
const NEWEST_DECISIONS = sql('newest-decisions');

const Count = z.tuple([z.object({ n: z.number() })]);
const Fingerprint = z.tuple([z.object({ fingerprint: z.string() })]);
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

/** The dataset as the trainer reads it: feedback-ingest's views. */
export class TrainingRows {
  constructor(private readonly dataSource: DataSource) {}

  /** Rows of a model that a training could use, at most `limit`; `actions` is null for a multi-class model. */
  async count(model: string, actions: readonly string[] | null, limit: number): Promise<number> {
    const [{ n }] = Count.parse(await this.dataSource.query(COUNT, [model, actions, limit]));
    return n;
  }

  /** The predictions behind the newest rows that were there at a time, newest first. */
  async newestDecisions(model: string, before: Date, most: number): Promise<string[]> {
    const rows = await this.dataSource.query<{ prediction_id: string }[]>(NEWEST_DECISIONS, [model, before, most]);
    return rows.map(({ prediction_id }) => prediction_id);
  }

  /**
   * Copies a model's rows into files of a folder, as streams of bytes that nobody here looks at, unless they are known.
   * Tells their state, which is that of the very rows copied.
   */
  async copy(model: string, folder: string, { known, onBytes, signal }: CopyOptions): Promise<CopiedRows> {
    const clients: pg.PoolClient[] = [];
    const connect = async (): Promise<pg.PoolClient> => {
      const client = await poolOf(this.dataSource).connect();
      clients.push(client);
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
        // It may still end with its connection when all of it has come.
        rows.on('error', () => undefined);
        rows.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
          onBytes?.(bytes);
        });
        await pipeline(rows, inBatches, createWriteStream(file), { ...(signal ? { signal } : {}) });
        return file;
      };
      return { fingerprint, files: await Promise.all(Array.from({ length: PARTS }, (_, part) => copyPart(part))) };
    } finally {
      // Closed, not given back: a copy that was broken off leaves its connection in the middle of it.
      for (const client of clients) client.release(true);
    }
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
