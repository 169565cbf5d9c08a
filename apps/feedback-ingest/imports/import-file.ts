import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { FileForm, ImportKind, ImportProgress } from '#contracts/http/ingest';
import type { Renames } from '#domain/feedback/csv';
import { detect } from '#domain/feedback/detect';
import { judgeHeader, misspeltColumn, type UnknownColumn } from '#domain/feedback/header';
import { type FeedbackRules, modelRules } from '#domain/feedback/rules';
import { LiveDefinitions } from '#platform/live-definitions';
import type { Logger } from '#platform/logging';
import { ProblemError } from '#platform/problem';
import { CollectionError } from '../collect/historical-api.js';
import { FEEDBACK_RULES, LOGGER } from '../keys.js';
import { ImportLog } from '../storage/imports.js';
import { FeedbackStore } from '../storage/store.js';
import { openFile } from './encoding.js';
import { type Entry, readEntries } from './entries.js';
import { FileProblem, guidance, MisspeltColumns, readHeader } from './file-problem.js';
import { ImportRun, type ImportStep } from './import-run.js';

const JUST_NOW_MS = 3_000;

export interface FileImport {
  readonly name: string;
  /** Told by the content if left out. */
  readonly kind?: ImportKind | undefined;
  readonly model: string;
  /** Names to read a CSV's columns under. */
  readonly renames: Renames;
  /** Take it although a column is probably misspelt. */
  readonly asIs: boolean;
  readonly actor: string;
  readonly bytesTotal: number | null;
  readonly body: AsyncIterable<Buffer>;
}

export interface Import {
  readonly source: 'file' | 'historical-api';
  readonly name: string;
  readonly kind: ImportKind;
  readonly model: string;
  readonly actor: string;
  readonly bytesTotal: number | null;
  readonly entries: AsyncIterable<Entry>;
  readonly bytesRead: () => number;
  /** Of a file. */
  readonly form?: FileForm;
}

/** Takes files and other sources of entries, and tells how far it is, a line at a time. */
@Injectable()
export class Importer {
  constructor(
    @Inject(FeedbackStore) private readonly store: FeedbackStore,
    @Inject(ImportLog) private readonly log: ImportLog,
    @Inject(FEEDBACK_RULES) private readonly rules: FeedbackRules,
    @Inject(LiveDefinitions) private readonly definitions: LiveDefinitions,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Throws ProblemError before the first line if the file is of no known kind. */
  async importFile(file: FileImport): Promise<AsyncGenerator<ImportProgress>> {
    await this.assertModel(file.model);
    let bytesRead = 0;
    const chunks = (async function* counted() {
      for await (const chunk of file.body) {
        bytesRead += chunk.length;
        yield chunk;
      }
    })();
    const { head, all, encoding, compression } = await openFile(chunks);
    const rules = modelRules(this.rules, file.model);
    const text = head.toString('utf8');
    if (text.trim() === '') throw new FileProblem(`${file.name} is empty.`);
    const detected = detect(text, rules, file.renames);
    const header = detected.format === 'csv' ? readHeader(text, file.renames) : null;
    if (file.renames.size > 0) assertRenamed(file, header && readHeader(text).columns);
    const kind = file.kind ?? detected.kind;
    if (kind === null)
      throw new FileProblem(
        `${file.name} does not tell what it is. ${guidance(header?.columns ?? [], detected.format, rules)}`,
      );
    const format = kind === 'historical' && detected.format === 'csv' ? 'jsonl' : detected.format;
    const judged = format === 'csv' && header ? judgeHeader(kind, header.columns, rules) : null;
    if (judged?.useless) throw new FileProblem(`${file.name} cannot be taken. ${judged.useless}`);
    if (judged && !file.asIs) assertNoneMisspelt(file, judged.unknown);
    return this.progress({
      ...file,
      kind,
      source: 'file',
      entries: readEntries(all, format, kind, header?.delimiter, file.renames),
      bytesRead: () => bytesRead,
      form: {
        format,
        encoding,
        compression,
        delimiter: header?.delimiter ?? null,
        unknown_columns: (judged?.unknown ?? []).map(({ column, closest }) => ({ column, closest })),
        absent_columns: [...(judged?.absent ?? [])],
      },
    });
  }

  /** A model that was defined a moment ago may still be on its way. */
  async assertModel(model: string): Promise<void> {
    await this.definitions.ready();
    if (!(await this.definitions.until(() => this.rules.has(model), JUST_NOW_MS)))
      throw new ProblemError(
        400,
        'Unknown model',
        `There is no model "${model}"; expected one of ${[...this.rules.keys()].join(', ')}.`,
        [{ field: 'model', detail: `expected one of ${[...this.rules.keys()].join(', ')}` }],
      );
  }

  /** Runs an import to its end, or to what stops it, which the last line then tells. */
  async *progress(source: Import): AsyncGenerator<ImportProgress> {
    const importId = randomUUID();
    const { name, kind, model } = source;
    const run = new ImportRun(this.store, this.rules, { kind, model });
    const line = (step: ImportStep, done: boolean, error: string | null): ImportProgress => ({
      import_id: importId,
      name,
      kind,
      model,
      bytes_read: source.bytesRead(),
      bytes_total: source.bytesTotal,
      ...step,
      done,
      error,
      at: new Date().toISOString(),
    });
    await this.log.begin({ importId, ...source, counts: run.step().counts });
    let last: ImportProgress | null = null;
    let ended = false;
    try {
      // Before the first row is stored, so that who reads it can still stop.
      if (source.form) yield { ...line(run.step(), false, null), file: source.form };
      for await (const step of run.run(source.entries)) {
        last = line(step, false, null);
        await this.log.update(last);
        yield last;
      }
      last = line(run.step(), true, null);
    } catch (error) {
      this.logger.warn({ err: error, import: importId, name }, 'an import ended early');
      last = line(run.step(), true, describe(error));
    } finally {
      // The reader of the progress may have gone away in the middle.
      ended = last?.done ?? false;
      if (!ended) last = line(run.step(), true, 'the connection was closed before the end');
      if (last) await this.log.update(last).catch((error: unknown) => this.logger.warn({ err: error }, 'import log'));
    }
    if (ended && last) yield last;
  }
}

/** @param columns the file's own names for them; null where it has none */
function assertRenamed({ name, renames }: FileImport, columns: readonly string[] | null): void {
  if (columns === null) throw new FileProblem(`${name} is no CSV: it has no columns to rename.`);
  const there = columns.map((column) => `"${column}"`).join(', ');
  for (const [column, as] of renames) {
    if (!columns.includes(column))
      throw new FileProblem(`${name} has no column "${column}" to read as "${as}"; there are ${there}.`);
    if (columns.includes(as) && !renames.has(as))
      throw new FileProblem(`${name} has a column "${as}" already, beside "${column}" that is to be read as it.`);
  }
}

/** What is stored stays, so a feature that would be missing in every row is asked about before the first one. */
function assertNoneMisspelt({ name, model }: FileImport, unknown: readonly UnknownColumn[]): void {
  const misspelt = unknown.flatMap(({ column, closest }) => (closest === null ? [] : [{ column, closest }]));
  if (misspelt.length === 0) return;
  const meant = misspelt.map(({ column, closest }) => misspeltColumn(model, column, closest));
  const pairs = misspelt.map(({ column, closest }) => `${column}=${closest}`).join(',');
  throw new MisspeltColumns(
    `${name} is not taken yet: ${meant.join(' ')} Send it with rename=${pairs} to read it so, or with as_is=true to take it as it is.`,
    misspelt.map(({ column, closest }) => ({ field: column, detail: closest })),
  );
}

function describe(error: unknown): string {
  if (error instanceof CollectionError) return error.message;
  const reason = error instanceof Error ? error.message : String(error);
  return `ended early: ${reason}. What was stored stays; run it again to continue.`;
}
