import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import pg from 'pg';
import { until } from '../../../deploy/local/until.js';
import { IngestProcess } from '../../stack/ingest-process.js';
import type { BenchTopic } from './messages.js';
import { rate } from './progress.js';

export interface StackParts {
  readonly home: string;
  readonly brokers: string;
  readonly databaseUrl: string;
}

export interface OurRun {
  /** Stored rows a second. */
  readonly rate: number;
  /** Rows a second folded into the dataset once all were stored. */
  readonly foldRate: number;
  readonly peakMebibytes: number;
}

const EMPTY = `
truncate feedback.events, feedback.predictions, feedback.event_ids, feedback.offsets, feedback.unfolded_batches, feedback.unfolded_parts,
  feedback.dead_letters, feedback.outbox, feedback.tasks, feedback.judgements`;

const LAG = 'select rows::float8 as n from feedback.fold_lag';

/** What is read: the topic, or some partitions of it, and the others count as read. */
export interface Wanted {
  readonly topic: BenchTopic;
  readonly messages: number;
  readonly behind?: readonly { readonly partition: number; readonly next: number }[];
}

const TABLES: Record<BenchTopic, string> = {
  'automation.outcomes': 'feedback.events',
  predictions: 'feedback.predictions',
};

/** Highest resident memory a process has had. */
function peakMebibytes(pid: number): number {
  const match = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(match?.[1] ?? Number.NaN) / 1024;
}

/** Runs feedback-ingest itself, with full validation, until a topic is stored. */
export async function measureOurs(parts: StackParts, { topic, messages, behind = [] }: Wanted): Promise<OurRun> {
  const client = new pg.Client({ connectionString: parts.databaseUrl });
  await client.connect();
  await client.query(EMPTY);
  for (const { partition, next } of behind)
    await client.query('insert into feedback.offsets (topic, partition, next_offset) values ($1, $2, $3)', [
      topic,
      partition,
      next,
    ]);
  await client.query('checkpoint');
  const ingest = await IngestProcess.launch(parts, 'ingest');
  const number = async (sql: string): Promise<number> => Number((await client.query(sql)).rows[0]?.n ?? 0);
  try {
    const measured = await rate('feedback-ingest', messages, () =>
      number(`select sum(stored)::float8 as n from feedback.offsets where topic = '${topic}'`),
    );
    const peak = peakMebibytes(ingest.pid);
    const stored = await number(`select count(*)::float8 as n from ${TABLES[topic]}`);
    if (stored !== messages) throw new Error(`${stored} rows are stored, expected ${messages}`);
    return { rate: measured, foldRate: await foldRate(() => number(LAG)), peakMebibytes: peak };
  } finally {
    await ingest.end('SIGTERM');
    await client.end();
  }
}

/** Rows folded a second between the first and the last, however long the fold had left the machine to what came in. */
async function foldRate(lag: () => Promise<number>): Promise<number> {
  const deadlineMs = 900_000;
  const all = await lag();
  const first = await until('the fold to begin', async () => ((await lag()) < all ? { left: await lag() } : null), {
    deadlineMs,
    everyMs: 20,
  });
  const begin = performance.now();
  await until('the dataset', async () => (await lag()) === 0, { deadlineMs, everyMs: 50 });
  return (first.left * 1000) / (performance.now() - begin);
}
