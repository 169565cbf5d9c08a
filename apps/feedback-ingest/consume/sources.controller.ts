import { Controller, Get, Inject } from '@nestjs/common';
import type { Pool } from 'pg';
import type { FeedbackSource } from '#contracts/http/feedback';
import { readOffsets, readSources } from '#database/feedback/sources';
import type { Kafka } from '#kafka/connection';
import { endOffsets } from '#kafka/end-offsets';
import { RequiresRole } from '#platform/auth/auth';
import { KAFKA, POOL } from '../tokens.js';

const RECENT_MINUTES = 5;

/** What each topic has brought, and how far behind its reader is. */
@Controller('/v1/metrics/feedback')
export class SourcesController {
  constructor(
    @Inject(POOL) private readonly pool: Pool,
    @Inject(KAFKA) private readonly kafka: Kafka,
  ) {}

  @Get()
  @RequiresRole('viewer')
  async sources(): Promise<FeedbackSource[]> {
    const rows = await readSources(this.pool);
    const lags = await this.lags(rows.map((row) => row.topic)).catch(() => new Map<string, number>());
    return rows.map((row) => ({
      topic: row.topic,
      events: row.stored,
      per_minute: row.recent / RECENT_MINUTES,
      lag: lags.get(row.topic) ?? null,
      last_received_at: row.last_received_at?.toISOString() ?? null,
    }));
  }

  private async lags(topics: readonly string[]): Promise<Map<string, number>> {
    const [ends, offsets] = await Promise.all([endOffsets(this.kafka, topics), readOffsets(this.pool)]);
    const lags = new Map<string, number>();
    for (const { topic, partition, low, high } of ends) {
      const stored = offsets.find((row) => row.topic === topic && row.partition === partition);
      const next = stored === undefined || BigInt(stored.next_offset) < low ? low : BigInt(stored.next_offset);
      lags.set(topic, (lags.get(topic) ?? 0) + Math.max(0, Number(high - next)));
    }
    return lags;
  }
}
