import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { request } from 'undici';
import { expect, it } from 'vitest';
import { type ImportCounts, ImportProgress } from '#contracts/http/ingest';
import { allowToken } from '../stack/feedback.js';
import { IngestProcess } from '../stack/ingest-process.js';
import { useStack } from '../stack/use-stack.js';

/** A gigabyte takes some minutes: IMPORT_MEBIBYTES=1024 npx vitest run --project faults test/faults/ingest-import.test.ts */
const MEBIBYTES = Number(process.env.IMPORT_MEBIBYTES || 96);
const MOST_MEMORY_MEBIBYTES = 300;
const MINUTES = 60_000;

const stack = useStack('faults-ingest-import', { services: [] });

/** Every tenth line is broken, every fifth a retry, every hundredth a repeat. */
function line(i: number): string {
  if (i % 10 === 9) return `{"task_id":${i},"action_attempted":"forum","resu`;
  const n = i % 100 === 50 ? i - 2 : i;
  return JSON.stringify({
    timestamp: new Date(Date.UTC(2026, 0, 1) + n * 1000).toISOString(),
    task_id: n % 5 === 4 ? n - 1 : n,
    domain: `site${n % 5000}.example.org`,
    action_attempted: 'forum',
    result: n % 2 === 0 ? 'success' : 'failed',
    failure_reason: null,
    captcha_type: null,
    execution_time: (n % 900) / 10,
    retry_count: n % 5 === 4 ? 1 : 0,
  });
}

/** What the counts of the first so many lines must be, worked out without the code under test. */
function expectedCounts(lines: number): ImportCounts {
  const tasks = new Set<number>();
  const counts = { read: lines, taken: 0, folded: 0, duplicate: 0, rejected: 0 };
  for (let i = 0; i < lines; i++) {
    if (i % 10 === 9) counts.rejected++;
    else if (i % 100 === 50) counts.duplicate++;
    else {
      const { task_id: task }: { task_id: number } = JSON.parse(line(i));
      if (tasks.has(task)) counts.folded++;
      else counts.taken++;
      tasks.add(task);
    }
  }
  return { ...counts, rejected_by_reason: { 'not-json': counts.rejected } };
}

function* text(lines: number): Generator<string> {
  for (let i = 0; i < lines; i += 1000)
    yield Array.from({ length: Math.min(1000, lines - i) }, (_, n) => `${line(i + n)}\n`).join('');
}

/** Sends the file; with `stopAfter`, breaks the connection once so many lines are stored. */
async function importLines(ingest: IngestProcess, lines: number, stopAfter?: number): Promise<ImportProgress[]> {
  const progress: ImportProgress[] = [];
  const abort = new AbortController();
  const response = await request(`${ingest.url}/v1/imports?kind=automation&name=large.jsonl`, {
    method: 'POST',
    headers: { authorization: `Bearer ${stack().token}`, 'content-type': 'application/octet-stream' },
    body: Readable.from(text(lines)),
    headersTimeout: 0,
    bodyTimeout: 0,
    signal: abort.signal,
  });
  let rest = '';
  try {
    for await (const chunk of response.body) {
      const parts = `${rest}${String(chunk)}`.split('\n');
      rest = parts.pop() ?? '';
      for (const part of parts) progress.push(ImportProgress.parse(JSON.parse(part)));
      if (stopAfter !== undefined && (progress.at(-1)?.counts.read ?? 0) >= stopAfter) abort.abort();
    }
  } catch (error) {
    if (!abort.signal.aborted) throw error;
  }
  return progress;
}

const peakMebibytes = (pid: number): number =>
  Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? Number.NaN) / 1024;

it(
  `takes a file of ${MEBIBYTES} MiB in constant memory, interrupted once, with exact counts`,
  async () => {
    await allowToken(stack());
    const lines = Math.ceil((MEBIBYTES * 1024 * 1024) / 200);
    const ingest = await IngestProcess.launch(stack(), 'import');
    try {
      await ingest.ready();
      const cut = await importLines(ingest, lines, Math.floor(lines / 4));
      expect(cut.length).toBeGreaterThan(1);
      expect(cut.at(-1)?.done).toBe(false);

      const whole = await importLines(ingest, lines);
      const last = whole.at(-1);
      expect(last).toMatchObject({ done: true, error: null });
      const expected = expectedCounts(lines);
      const counts = last?.counts;
      // What the first run had stored is known now; together they are what one run would have counted.
      expect(counts).toMatchObject({ read: lines, rejected: expected.rejected });
      expect((counts?.taken ?? 0) + (counts?.folded ?? 0) + (counts?.duplicate ?? 0)).toBe(
        expected.taken + expected.folded + expected.duplicate,
      );
      expect(counts?.duplicate).toBeGreaterThan(lines / 5);
      const [stored] = await stack().query('select count(*)::int as n from feedback.events');
      expect(stored?.n).toBe(expected.taken + expected.folded);
      const [tasks] = await stack().query('select count(*)::int as n from feedback.training_rows');
      expect(tasks?.n).toBe(expected.taken);
      expect(whole.length).toBeGreaterThan(3);
      expect(whole.reduce((sum, { rejections }) => sum + rejections.length, 0)).toBe(expected.rejected);
      expect(peakMebibytes(ingest.pid)).toBeLessThan(MOST_MEMORY_MEBIBYTES);
    } finally {
      await ingest.end('SIGTERM');
    }
  },
  60 * MINUTES,
);
