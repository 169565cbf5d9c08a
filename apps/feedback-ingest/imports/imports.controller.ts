import { Controller, Get, Inject, Query } from '@nestjs/common';
import { z } from 'zod';
import type { ImportRecord } from '#contracts/http/ingest';
import { ImportLog } from '#database/feedback/imports';
import { RequiresRole } from '#platform/auth/auth';
import { zodBody } from '#platform/problem';

const RecentQuery = z.object({ limit: z.coerce.number().int().min(1).max(1000).default(100) });

/** Imports and collections, running and past. */
@Controller('/v1/imports')
export class ImportsController {
  constructor(@Inject(ImportLog) private readonly log: ImportLog) {}

  @Get()
  @RequiresRole('viewer')
  async recent(@Query(zodBody(RecentQuery)) { limit }: z.infer<typeof RecentQuery>): Promise<ImportRecord[]> {
    return (await this.log.recent(limit)).map((row) => ({
      ...row,
      started_at: row.started_at.toISOString(),
      updated_at: row.updated_at.toISOString(),
    }));
  }
}
