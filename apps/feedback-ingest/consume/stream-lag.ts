import { Inject, Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import { type PartitionFound, type Position, unread } from '#domain/streams/position';
import { ClusterQuestions } from '#kafka/client/cluster-questions';
import { POOL } from '../keys.js';
import { readOffsets } from '../storage/sources.js';

export interface PartitionStanding {
  readonly topic: string;
  readonly partition: number;
  readonly found: PartitionFound;
  readonly position: Position;
}

/** How many messages of each topic are not stored yet, whoever should store them. */
@Injectable()
export class StreamLag {
  constructor(
    @Inject(POOL) private readonly pool: Pool,
    @Inject(ClusterQuestions) private readonly cluster: ClusterQuestions,
  ) {}

  /** Throws when Kafka or Postgres does not answer. */
  async of(topics: readonly string[]): Promise<Map<string, number>> {
    const lags = new Map<string, number>();
    for (const { topic, found, position } of await this.standing(topics))
      lags.set(topic, (lags.get(topic) ?? 0) + unread(position, found));
    return lags;
  }

  /** Each partition as it is, and where ingest is in it; at its beginning where nothing was read yet. */
  async standing(topics: readonly string[]): Promise<PartitionStanding[]> {
    // In this order, or a place that moves meanwhile would look as if it lay behind the end.
    const offsets = await readOffsets(this.pool);
    const ends = await this.cluster.ends(topics);
    const identities = await this.cluster.identities(topics);
    return ends.flatMap(({ topic, partition, low, high }) => {
      const identity = identities.get(topic);
      if (identity === undefined) return [];
      const stored = offsets.find((row) => row.topic === topic && row.partition === partition);
      const position =
        stored === undefined
          ? { expected: low, identity, leaderEpoch: null }
          : { expected: BigInt(stored.next_offset), identity: stored.identity, leaderEpoch: null };
      return [{ topic, partition, found: { identity, low, high, epochEnd: null }, position }];
    });
  }
}
