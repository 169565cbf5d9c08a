import { setTimeout as pause } from 'node:timers/promises';
import type { Kafka } from 'kafkajs';
import { TOPICS } from '#contracts/topics';
import { CLAIM_TOPIC } from '../consume/claims.js';

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

const GONE_MS = 30_000;

/** Forgets whose the topics are; {@link applyTopics} makes room for the next claim. False when there was none to forget. */
export async function releaseClaim(kafka: Kafka): Promise<boolean> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    if (!(await admin.listTopics()).includes(CLAIM_TOPIC)) return false;
    await admin.deleteTopics({ topics: [CLAIM_TOPIC] });
    for (const end = Date.now() + GONE_MS; Date.now() < end; await pause(100))
      if (!(await admin.listTopics()).includes(CLAIM_TOPIC)) return true;
    throw new Error(`Kafka has not removed ${CLAIM_TOPIC} within ${GONE_MS / 1000} s; try again`);
  } finally {
    await admin.disconnect();
  }
}
