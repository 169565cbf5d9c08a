import { Controller, Inject } from '@nestjs/common';
import type { Pool } from 'pg';
import type { FeedbackSource, StreamIncident } from '#contracts/http/feedback';
import { type Input, Operation } from '#http/server/operation';
import { POOL } from '../keys.js';
import { recentIncidents } from '../storage/incidents.js';
import { readSources } from '../storage/sources.js';
import { StreamLag } from './stream-lag.js';

const RECENT_MINUTES = 5;

/** What each topic has brought, and how far behind its reader is. */
@Controller()
export class SourcesController {
  constructor(
    @Inject(POOL) private readonly pool: Pool,
    @Inject(StreamLag) private readonly streamLag: StreamLag,
  ) {}

  @Operation('listStreamIncidents')
  incidents({ query }: Input<'listStreamIncidents'>): Promise<StreamIncident[]> {
    return recentIncidents(this.pool, query.limit);
  }

  @Operation('readFeedbackSources')
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
