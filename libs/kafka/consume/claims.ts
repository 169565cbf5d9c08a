import type { Kafka } from 'kafkajs';
import type { InstallationClaimed } from '#contracts/events/installation';
import { DESIRED_STATE_TOPICS, type Topic } from '#contracts/topics';
import { readToEnd } from './read-to-end.js';

export const CLAIM_TOPIC = 'installation.claimed';

/** Topics that only a registry and its instances write, with the history that they belong to. */
export const OF_A_REGISTRY: readonly Topic[] = [...DESIRED_STATE_TOPICS, 'serving.heartbeat'];

/** Ends a claim that was released, so that a topic which was made anew can be told from it. */
export async function markReleased(kafka: Kafka): Promise<void> {
  const producer = kafka.producer();
  await producer.connect();
  await producer
    .send({ topic: CLAIM_TOPIC, acks: -1, messages: [{ key: 'released', value: null }] })
    .finally(() => producer.disconnect());
}

/** Whether somebody has given the topics up; a topic in which nothing ever was says nothing. */
export async function isReleased(kafka: Kafka): Promise<boolean> {
  const admin = kafka.admin();
  await admin.connect();
  const ends = await admin.fetchTopicOffsets(CLAIM_TOPIC).finally(() => admin.disconnect());
  return ends.some(({ high }) => BigInt(high) > 0n);
}

/**
 * Histories that the topics tell of, by desired states and by heartbeats.
 *
 * @param group beginning of the name of the group that reads
 */
export async function readEpochs(kafka: Kafka, group: string): Promise<Set<string>> {
  const epochs = new Set<string>();
  for (const { value } of await readToEnd(kafka, group, DESIRED_STATE_TOPICS)) if (value.epoch) epochs.add(value.epoch);
  for (const { value } of await readToEnd(kafka, group, ['serving.heartbeat']))
    for (const { epoch } of value.models) if (epoch) epochs.add(epoch);
  return epochs;
}

/** Whether the broker keeps places of these groups. */
export async function haveRead(kafka: Kafka, groups: readonly string[]): Promise<boolean> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    for (const groupId of groups)
      for (const { partitions } of await admin.fetchOffsets({ groupId }))
        if (partitions.some(({ offset }) => BigInt(offset) > 0n)) return true;
    return false;
  } finally {
    await admin.disconnect();
  }
}

/**
 * Who has said that the topics are theirs, in the order in which the broker heard it: they belong to the first.
 *
 * @param group beginning of the name of the group that reads
 */
export async function readClaims(kafka: Kafka, group: string): Promise<InstallationClaimed[]> {
  return (await readToEnd(kafka, group, [CLAIM_TOPIC])).map(({ value }) => value);
}
