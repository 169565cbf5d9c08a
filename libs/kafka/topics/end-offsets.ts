import type { Admin, Kafka } from 'kafkajs';

export interface EndOffset {
  readonly topic: string;
  readonly partition: number;
  /** Offset of the oldest message that is still there. */
  readonly low: bigint;
  /** Offset the next message will get. */
  readonly high: bigint;
}

/** Where the partitions of some topics end right now. Throws when no broker answers. */
export async function endOffsets(kafka: Kafka, topics: readonly string[]): Promise<EndOffset[]> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    return await endOffsetsBy(admin, topics);
  } finally {
    await admin.disconnect();
  }
}

/** As {@link endOffsets}, by a client that is connected. */
export async function endOffsetsBy(admin: Admin, topics: readonly string[]): Promise<EndOffset[]> {
  const ends: EndOffset[] = [];
  for (const topic of topics)
    for (const { partition, low, high } of await admin.fetchTopicOffsets(topic))
      ends.push({ topic, partition, low: BigInt(low), high: BigInt(high) });
  return ends;
}
