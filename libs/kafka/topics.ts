import type { Kafka } from 'kafkajs';
import { TOPICS } from '#contracts/topics';

export interface TopicSettings {
  /** Copies of each partition; the cluster's default if left out. */
  replicationFactor?: number;
}

/** Creates the topics of the topic table that are missing. What is there is left as it is. Returns the names created. */
export async function applyTopics(kafka: Kafka, settings: TopicSettings = {}): Promise<string[]> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const existing = new Set(await admin.listTopics());
    const missing = Object.entries(TOPICS).filter(([name]) => !existing.has(name));
    if (missing.length === 0) return [];
    await admin.createTopics({
      waitForLeaders: true,
      topics: missing.map(([topic, { partitions, cleanup }]) => ({
        topic,
        numPartitions: partitions,
        replicationFactor: settings.replicationFactor ?? -1,
        configEntries: [{ name: 'cleanup.policy', value: cleanup }],
      })),
    });
    return missing.map(([name]) => name);
  } finally {
    await admin.disconnect();
  }
}
