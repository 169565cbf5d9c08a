import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import pg from 'pg';
import { until } from '../../../deploy/local/until.js';
import { IngestProcess } from '../../stack/ingest-process.js';
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

/** Highest resident memory a process has had. */
function peakMebibytes(pid: number): number {
  const match = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(match?.[1] ?? Number.NaN) / 1024;
}

/** Runs feedback-ingest itself, with full validation, until a topic is stored. */
export async function measureOurs(parts: StackParts, messages: number): Promise<OurRun> {
  const client = new pg.Client({ connectionString: parts.databaseUrl });
  await client.connect();
  await client.query(EMPTY);
  await client.query('checkpoint');
  const ingest = await IngestProcess.launch(parts, 'ingest');
  const number = async (sql: string): Promise<number> => Number((await client.query(sql)).rows[0]?.n ?? 0);
  try {
    const measured = await rate('feedback-ingest', messages, () =>
      number("select sum(next_offset)::float8 as n from feedback.offsets where topic = 'automation.outcomes'"),
    );
    const peak = peakMebibytes(ingest.pid);
    const stored = await number('select count(*)::float8 as n from feedback.events');
    if (stored !== messages) throw new Error(`${stored} rows are stored, expected ${messages}`);
    const waiting = await number('select rows::float8 as n from feedback.fold_lag');
    const begin = performance.now();
    await until('the dataset', async () => (await number('select rows::float8 as n from feedback.fold_lag')) === 0, {
      deadlineMs: 900_000,
    });
    return { rate: measured, foldRate: (waiting * 1000) / (performance.now() - begin), peakMebibytes: peak };
  } finally {
    await ingest.end('SIGTERM');
    await client.end();
  }
}
