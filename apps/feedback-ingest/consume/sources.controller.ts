import { Controller, Get, Inject } from '@nestjs/common';
import type { Pool } from 'pg';
import type { FeedbackSource } from '#contracts/http/feedback';
import { readSources } from '#database/feedback/sources';
import { RequiresRole } from '#platform/auth/auth';
import { POOL } from '../tokens.js';
import { StreamLag } from './stream-lag.js';

const RECENT_MINUTES = 5;

/** What each topic has brought, and how far behind its reader is. */
@Controller('/v1/metrics/feedback')
export class SourcesController {
  constructor(
    @Inject(POOL) private readonly pool: Pool,
    @Inject(StreamLag) private readonly streamLag: StreamLag,
  ) {}

  @Get()
  @RequiresRole('viewer')
  async sources(): Promise<FeedbackSource[]> {
    const rows = await readSources(this.pool);
    const lags = await this.streamLag.of(rows.map((row) => row.topic)).catch(() => new Map<string, number>());
    return rows.map((row) => ({
      topic: row.topic,
      events: row.stored,
      per_minute: row.recent / RECENT_MINUTES,
      lag: lags.get(row.topic) ?? null,
      last_received_at: row.last_received_at?.toISOString() ?? null,
    }));
  }
}
