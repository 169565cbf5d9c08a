import type { Kafka } from 'kafkajs';
import { ConfigResourceTypes } from '../client/kafkajs.js';

export interface TopicOnBroker {
  readonly name: string;
  readonly partitions: number;
  /** `cleanup.policy`, like "delete" or "compact". */
  readonly cleanup: string;
  /** Brokers that should have a copy of a partition and have none that is up to date: for each, of how many partitions. */
  readonly lacking: Readonly<Record<number, number>>;
}

function lackingIn(partitions: readonly { replicas: number[]; isr: number[] }[]): Record<number, number> {
  const lacking: Record<number, number> = {};
  for (const { replicas, isr } of partitions)
    for (const broker of replicas) if (!isr.includes(broker)) lacking[broker] = (lacking[broker] ?? 0) + 1;
  return lacking;
}

/** What the cluster says about these topics; those it does not have are left out. Throws when no broker answers. */
export async function inspectTopics(kafka: Kafka, names: readonly string[]): Promise<TopicOnBroker[]> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const existing = new Set(await admin.listTopics());
    const present = names.filter((name) => existing.has(name));
    if (present.length === 0) return [];
    const { topics } = await admin.fetchTopicMetadata({ topics: present });
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: present.map((name) => ({
        type: ConfigResourceTypes.TOPIC,
        name,
        configNames: ['cleanup.policy'],
      })),
    });
    const cleanups = new Map(resources.map((r) => [r.resourceName, r.configEntries[0]?.configValue ?? '']));
    return topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.length,
      cleanup: cleanups.get(name) ?? '',
      lacking: lackingIn(partitions),
    }));
  } finally {
    await admin.disconnect();
  }
}
