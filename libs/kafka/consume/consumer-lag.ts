import type { Admin } from 'kafkajs';

/** Messages of a topic that a consumer has not handled yet. */
export interface TopicLag {
  readonly topic: string;
  readonly messages: number;
}

export const placeName = (topic: string, partition: number): string => `${topic}/${partition}`;

/** Where a group's partitions continue, by {@link placeName}; those that it never came to are left out. */
export async function committedPlaces(admin: Admin, group: string, topics: readonly string[]) {
  const places = new Map<string, bigint>();
  for (const { topic, partitions } of await admin.fetchOffsets({ groupId: group, topics: [...topics] }))
    for (const { partition, offset } of partitions)
      if (BigInt(offset) >= 0n) places.set(placeName(topic, partition), BigInt(offset));
  return places;
}

/** How far the places are behind what the broker has now. Throws when it does not answer. */
export async function lagBehind(
  admin: Admin,
  topics: readonly string[],
  places: ReadonlyMap<string, bigint>,
): Promise<TopicLag[]> {
  const lags: TopicLag[] = [];
  for (const topic of topics) {
    let messages = 0n;
    for (const { partition, low, high } of await admin.fetchTopicOffsets(topic)) {
      const [first, end] = [BigInt(low), BigInt(high)];
      const place = places.get(placeName(topic, partition)) ?? first;
      // Before its beginning: retention was faster. Behind its end: it is another topic of the same name.
      messages += end - (place < first || place > end ? first : place);
    }
    lags.push({ topic, messages: Number(messages) });
  }
  return lags;
}
