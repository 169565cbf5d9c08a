import { Inject, Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import { readOffsets } from '#database/feedback/sources';
import type { Kafka } from '#kafka/connection';
import { endOffsets } from '#kafka/end-offsets';
import { KAFKA, POOL } from '../tokens.js';

/** How many messages of each topic are not stored yet, whoever should store them. */
@Injectable()
export class StreamLag {
  constructor(
    @Inject(POOL) private readonly pool: Pool,
    @Inject(KAFKA) private readonly kafka: Kafka,
  ) {}

  /** Throws when Kafka or Postgres does not answer. */
  async of(topics: readonly string[]): Promise<Map<string, number>> {
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
