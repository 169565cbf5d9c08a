import { createReadStream } from 'node:fs';
import { z } from 'zod';
import type { RejectionReason } from '#contracts/events/feedback';
import { DatasetSummary } from '#contracts/http/dataset';
import { DeadLetterDetail, DeadLetterGroup, ReplayAccepted, type ReplayBody } from '#contracts/http/feedback';
import { type CollectionRequest, type ImportKind, ImportProgress } from '#contracts/http/ingest';
import type { Api } from './api.js';

export interface ImportFile {
  /** Where the file is. */
  readonly path: string;
  /** Its size. */
  readonly bytes: number;
  /** What reports call it. */
  readonly name: string;
  readonly kind: ImportKind;
  readonly model: string;
}

export interface DeadLetterFilter {
  readonly reason?: RejectionReason | undefined;
  readonly topic?: string | undefined;
}

export const ExportFormat = z.enum(['csv', 'parquet']);
export type ExportFormat = z.infer<typeof ExportFormat>;

/** feedback-ingest's operations. */
export class IngestClient {
  constructor(readonly api: Api) {}

  /** Answers with lines of progress, the last one `done`; so does {@link collect}. */
  import(file: ImportFile): AsyncGenerator<ImportProgress> {
    return this.api.lines(
      {
        method: 'POST',
        path: '/v1/imports',
        query: { kind: file.kind, name: file.name, model: file.model },
        upload: { stream: createReadStream(file.path), bytes: file.bytes },
      },
      ImportProgress,
    );
  }

  collect(body: z.input<typeof CollectionRequest>): AsyncGenerator<ImportProgress> {
    return this.api.lines({ method: 'POST', path: '/v1/collections', body }, ImportProgress);
  }

  deadLetters({ reason, topic }: DeadLetterFilter): Promise<DeadLetterGroup[]> {
    return this.api.json(
      { method: 'GET', path: '/v1/dead-letters', query: { reason, topic } },
      z.array(DeadLetterGroup),
    );
  }

  deadLetter(id: string): Promise<DeadLetterDetail> {
    return this.api.json({ method: 'GET', path: `/v1/dead-letters/${id}` }, DeadLetterDetail);
  }

  replay(body: ReplayBody): Promise<ReplayAccepted> {
    return this.api.json({ method: 'POST', path: '/v1/dead-letters/replay', body, slow: true }, ReplayAccepted);
  }

  datasetSummary(model: string): Promise<DatasetSummary> {
    return this.api.json({ method: 'GET', path: '/v1/dataset/summary', query: { model }, slow: true }, DatasetSummary);
  }

  datasetFile(model: string, format: ExportFormat): AsyncGenerator<Buffer> {
    return this.api.bytes({ method: 'GET', path: '/v1/dataset/export', query: { model, format }, slow: true });
  }
}
