import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import type { ImportCounts, ImportKind, ImportProgress } from '#contracts/http/ingest';
import type { Session } from '../cli.js';
import { Failure } from '../failure.js';
import { importLines } from '../output/import-report.js';
import { Progress } from '../output/progress.js';
import { count } from '../output/quantities.js';
import type { Colors } from '../output/screen.js';
import { importKind } from './import-kind.js';
import { RejectedRows, rejectedFile } from './rejected-rows.js';

export interface ImportReport {
  readonly source: string;
  readonly kind: ImportKind;
  readonly counts: ImportCounts;
  /** Where the rejected rows are, if there are any. */
  readonly rejected_file: string | null;
}

/** What is wrong with a file itself; the next one may be better. */
export class FileFailure extends Failure {}

const HEAD_BYTES = 64 * 1024;

/** Absolute path and size; a {@link FileFailure} if there is none. */
export function sourceFile(path: string, cwd: string): { path: string; bytes: number } {
  const file = resolve(cwd, path);
  if (!existsSync(file)) throw new FileFailure(`${path}: there is no such file.`, `Looked in ${cwd}.`);
  const stats = statSync(file);
  if (!stats.isFile())
    throw new FileFailure(`${path} is not a file.`, 'Name the files one by one, or with a pattern like logs/*.jsonl.');
  return { path: file, bytes: stats.size };
}

function headOf(path: string): string {
  const file = openReadable(path);
  try {
    const buffer = Buffer.alloc(HEAD_BYTES);
    return buffer.toString('utf8', 0, readSync(file, buffer, 0, HEAD_BYTES, 0));
  } finally {
    closeSync(file);
  }
}

function openReadable(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new FileFailure(`${path} cannot be read (${code}).`, 'May this user read it?');
  }
}

/** The kind given, or the one the file shows; a {@link FileFailure} if it shows none. */
export function kindOf(path: string, given: ImportKind | undefined): ImportKind {
  const kind = given ?? importKind(headOf(path));
  if (kind === null)
    throw new FileFailure(
      `${basename(path)}: cannot tell what kind of file this is.`,
      'Say it: --kind automation, shadow, dataset or historical.',
    );
  return kind;
}

/** The last line of progress; a {@link Failure} if it ended early. */
export function finished(last: ImportProgress | null, name: string): ImportProgress {
  if (last?.done && last.error === null) return last;
  const taken = last ? `${count(last.counts.read)} lines were read; ` : '';
  throw new Failure(
    `${name}: ended early: ${last?.error ?? 'feedback-ingest closed the connection'}.`,
    `${taken}run the same command again, it continues and nothing counts twice.`,
  );
}

/** Sends one file and writes its rejected rows beside where the command is run. */
export async function importFile(
  session: Session,
  path: string,
  kind: ImportKind,
  model: string,
): Promise<ImportReport> {
  const source = sourceFile(path, session.cwd);
  const name = basename(source.path);
  const progress = new Progress(session.screen);
  const rejected = new RejectedRows(source.path, rejectedFile(source.path, session.cwd));
  let last: ImportProgress | null = null;
  try {
    for await (const line of session.ingest.import({ ...source, name, kind, model })) {
      last = line;
      await rejected.add(line.rejections);
      const label = session.screen.animated
        ? `${name}: ${count(line.counts.read)} lines`
        : `importing ${name} as ${kind}`;
      progress.update(source.bytes === 0 ? 1 : line.bytes_read / source.bytes, label);
    }
  } finally {
    progress.stop();
    await rejected.close();
  }
  const done = finished(last, name);
  return { source: path, kind, counts: done.counts, rejected_file: rejected.count > 0 ? rejected.path : null };
}

/** What came of one file. */
export function reportLines(report: ImportReport, colors: Colors): string[] {
  return [
    ...importLines(`${report.source} (${report.kind})`, report.counts, colors),
    ...(report.rejected_file
      ? [`The rejected rows, with line numbers and reasons, are in ${report.rejected_file}`]
      : []),
  ];
}
