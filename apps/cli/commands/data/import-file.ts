import { accessSync, constants, createReadStream, existsSync, statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { ratchet } from '#contracts/command-line';
import type { FeatureTally, FileForm, ImportCounts, ImportKind, ImportProgress } from '#contracts/http/ingest';
import { misspeltColumn } from '#domain/feedback/header';
import type { Session } from '../../cli.js';
import { Failure } from '../../failure.js';
import { importLines } from '../../output/import-report.js';
import { Progress } from '../../output/progress.js';
import { count } from '../../output/quantities.js';
import type { Colors } from '../../output/screen.js';
import { shellWord } from '../../output/shell-word.js';
import { columnLines, featureLines, nothingTaken, type Rejection } from './import-notes.js';
import { RejectedRows, rejectedFile } from './rejected-rows.js';

export interface ImportReport {
  readonly source: string;
  readonly kind: ImportKind;
  readonly counts: ImportCounts;
  /** Where the rejected rows are, if there are any. */
  readonly rejected_file: string | null;
  /** How the file is written down, and what its columns mean to the model; null where the service does not say. */
  readonly file: FileForm | null;
  /** Features that counted as missing. */
  readonly features: readonly FeatureTally[];
  /** Why nothing was taken, if that is so. */
  readonly nothing: string | null;
}

/** How files are to be read. */
export interface ImportChoices {
  readonly model: string;
  /** Told by the content if left out. */
  readonly kind?: ImportKind | undefined;
  /** `column=feature`, separated by commas. */
  readonly rename?: string | undefined;
  /** Also where a column is probably misspelt. */
  readonly asIs?: boolean | undefined;
}

/** What is wrong with a file itself; the next one may be better. */
export class FileFailure extends Failure {}

/** Absolute path and size; a {@link FileFailure} if there is none. */
export function sourceFile(path: string, cwd: string): { path: string; bytes: number } {
  const file = resolve(cwd, path);
  if (!existsSync(file)) throw new FileFailure(`${path}: there is no such file.`, `Looked in ${cwd}.`);
  const stats = statSync(file);
  if (!stats.isFile())
    throw new FileFailure(`${path} is not a file.`, 'Name the files one by one, or with a pattern like logs/*.jsonl.');
  return { path: file, bytes: stats.size };
}

/** That it can be read is known before anything is sent. */
function assertReadable(path: string): void {
  try {
    accessSync(path, constants.R_OK);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new FileFailure(`${path} cannot be read (${code}).`, 'May this user read it?');
  }
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
  { kind, model, rename, asIs }: ImportChoices,
): Promise<ImportReport> {
  const { screen } = session;
  const source = sourceFile(path, session.cwd);
  assertReadable(source.path);
  const name = basename(source.path);
  const progress = new Progress(screen);
  const rejected = new RejectedRows(source.path, rejectedFile(source.path, session.cwd));
  let file: FileForm | null = null;
  let example: Rejection | null = null;
  let last: ImportProgress | null = null;
  try {
    for await (const line of session.ingest.lines('importFile', {
      query: { kind, name, model, ...(rename && { rename }), ...(asIs && { as_is: 'true' as const }) },
      file: { content: createReadStream(source.path), bytes: source.bytes },
    })) {
      last = line;
      example ??= line.rejections[0] ?? null;
      if (line.file && file === null) {
        file = line.file;
        rejected.form = file;
        for (const note of columnLines(name, file)) screen.note(note);
      }
      await rejected.add(line.rejections);
      const label = screen.animated ? `${name}: ${count(line.counts.read)} lines` : `importing ${name} as ${line.kind}`;
      progress.update(source.bytes === 0 ? 1 : line.bytes_read / source.bytes, label);
    }
  } catch (error) {
    throw unusable(error, path, model);
  } finally {
    progress.stop();
    await rejected.close();
  }
  const done = finished(last, name);
  return {
    source: path,
    kind: done.kind,
    counts: done.counts,
    rejected_file: rejected.count > 0 ? rejected.path : null,
    file,
    features: done.features ?? [],
    nothing: nothingTaken(done.counts, example),
  };
}

/** What the service says about this one file. */
function unusable(error: unknown, path: string, model: string): unknown {
  if (!(error instanceof Failure)) return error;
  if (error.details.code === 'misspelt-columns') return misspelt(error, path, model);
  return error.details.code === 'unusable-file' ? new FileFailure(error.message, error.next, error.details) : error;
}

function misspelt({ details }: Failure, path: string, model: string): FileFailure {
  const columns = details.fields ?? [];
  const said = columns.map(({ field, detail }) => misspeltColumn(model, field, detail));
  const renames = columns.map(({ field, detail }) => `${field}=${detail}`).join(',');
  const command = (options: string): string => ratchet('import', model, `${shellWord(path)} ${options}`);
  return new FileFailure(
    `${path}: ${said.join(' ')} Nothing was taken.`,
    `To read it as that: ${command(`--rename ${shellWord(renames)}`)}. To take the file as it is: ${command('--as-is')}`,
    details,
  );
}

/** What came of one file. */
export function reportLines(report: ImportReport, colors: Colors): string[] {
  return [
    ...importLines(`${report.source} (${report.kind})`, report.counts, colors),
    ...featureLines(report.features).map((line) => colors.yellow(line)),
    ...(report.nothing === null ? [] : [colors.red(report.nothing)]),
    ...(report.rejected_file
      ? [`The rejected rows, with line numbers and reasons, are in ${report.rejected_file}`]
      : []),
  ];
}
