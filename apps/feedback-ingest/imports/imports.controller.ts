import { Controller, Inject } from '@nestjs/common';
import type { ImportRecord } from '#contracts/http/ingest';
import { type Input, Operation } from '#http/server/operation';
import { ImportLog } from '../storage/imports.js';

/** Imports and collections, running and past. */
@Controller()
export class ImportsController {
  constructor(@Inject(ImportLog) private readonly log: ImportLog) {}

  @Operation('listImports')
  async recent({ query: { limit } }: Input<'listImports'>): Promise<ImportRecord[]> {
    return (await this.log.recent(limit)).map((row) => ({
      ...row,
      started_at: row.started_at.toISOString(),
      updated_at: row.updated_at.toISOString(),
    }));
  }
}
