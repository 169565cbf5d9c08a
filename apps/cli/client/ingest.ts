import { createReadStream } from 'node:fs';
import type { z } from 'zod';
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

/** feedback-ingest's operations. Both answer with lines of progress, the last one `done`. */
export class IngestClient {
  constructor(readonly api: Api) {}

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
}
