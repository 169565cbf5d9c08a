import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { ImportKind, ImportProgress } from '#contracts/http/ingest';
import { ImportLog } from '#database/feedback/imports';
import { FeedbackStore } from '#database/feedback/store';
import { detect } from '#domain/feedback/detect';
import type { FeedbackRules } from '#domain/feedback/rules';
import type { Logger } from '#platform/logging';
import { ProblemError } from '#platform/problem';
import { CollectionError } from '../collect/historical-api.js';
import { FEEDBACK_RULES, LOGGER } from '../tokens.js';
import { type Entry, readEntries } from './entries.js';
import { ImportRun, type ImportStep } from './import-run.js';

/** Enough to tell what a file is. */
const HEAD_BYTES = 64 * 1024;

export interface FileImport {
  readonly name: string;
  /** Told by the content if left out. */
  readonly kind?: ImportKind | undefined;
  readonly model: string;
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
}

/** Takes files and other sources of entries, and tells how far it is, a line at a time. */
@Injectable()
export class Importer {
  constructor(
    @Inject(FeedbackStore) private readonly store: FeedbackStore,
    @Inject(ImportLog) private readonly log: ImportLog,
    @Inject(FEEDBACK_RULES) private readonly rules: FeedbackRules,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Throws ProblemError before the first line if the file is of no known kind. */
  async importFile(file: FileImport): Promise<AsyncGenerator<ImportProgress>> {
    this.assertModel(file.model);
    let bytesRead = 0;
    const chunks = (async function* counted() {
      for await (const chunk of file.body) {
        bytesRead += chunk.length;
        yield chunk;
      }
    })();
    const { head, all } = await peek(chunks);
    const detected = detect(head.toString('utf8'));
    const kind = file.kind ?? detected.kind;
    if (kind === null)
      throw new ProblemError(
        400,
        'Unknown kind of file',
        `The content of ${file.name} does not tell what it is. Say so with kind=automation, shadow, dataset or historical.`,
      );
    const format = kind === 'historical' && detected.format === 'csv' ? 'jsonl' : detected.format;
    return this.progress({
      ...file,
      kind,
      source: 'file',
      entries: readEntries(all, format, kind),
      bytesRead: () => bytesRead,
    });
  }

  assertModel(model: string): void {
    if (!this.rules.has(model))
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

function describe(error: unknown): string {
  if (error instanceof CollectionError) return error.message;
  const reason = error instanceof Error ? error.message : String(error);
  return `ended early: ${reason}. What was stored stays; run it again to continue.`;
}

/** The first bytes of a stream, and the stream with them still in it. */
async function peek(chunks: AsyncGenerator<Buffer>): Promise<{ head: Buffer; all: AsyncIterable<Buffer> }> {
  const seen: Buffer[] = [];
  let length = 0;
  while (length < HEAD_BYTES) {
    const next = await chunks.next();
    if (next.done) break;
    seen.push(next.value);
    length += next.value.length;
  }
  return {
    head: Buffer.concat(seen).subarray(0, HEAD_BYTES),
    all: (async function* all() {
      yield* seen;
      seen.length = 0;
      yield* chunks;
    })(),
  };
}
