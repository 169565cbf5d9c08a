import { createKafka } from '#kafka/client/connection';
import { createLogger } from '#platform/logging';
import type { RunningKafka } from '../../../deploy/local/kafka/kafka.js';
import { until } from '../../../deploy/local/until.js';

/** Topics that Kafka keeps for itself. */
const isInternal = (topic: string): boolean => topic.startsWith('__');

/** Removes every topic and group. Throws where one cannot go, like the group of a consumer that was killed just now. */
async function empty(brokers: string): Promise<void> {
  const logger = createLogger('test', 'silent');
  const admin = createKafka({ KAFKA_BROKERS: [brokers], KAFKA_TLS: false }, 'test', logger).admin();
  await admin.connect();
  try {
    const groups = (await admin.listGroups()).groups.map(({ groupId }) => groupId);
    if (groups.length > 0) await admin.deleteGroups(groups);
    const topics = (await admin.listTopics()).filter((topic) => !isInternal(topic));
    if (topics.length > 0) await admin.deleteTopics({ topics });
    await until('all topics to be gone', async () => (await admin.listTopics()).every(isInternal));
  } finally {
    await admin.disconnect();
  }
}

/** Brokers that are used again: one that was given back is emptied, or replaced where that fails. */
export class Brokers {
  private readonly all = new Set<RunningKafka>();
  private readonly free: Promise<RunningKafka | null>[] = [];
  private closing = false;

  constructor(private readonly start: () => Promise<RunningKafka>) {}

  /** An empty one that nobody else uses. */
  async take(): Promise<RunningKafka> {
    for (let emptied = this.free.shift(); emptied !== undefined; emptied = this.free.shift()) {
      const broker = await emptied;
      if (broker) return broker;
    }
    const broker = await this.start();
    this.all.add(broker);
    return broker;
  }

  giveBack(broker: RunningKafka): void {
    if (!this.closing) this.free.push(this.emptied(broker));
  }

  async close(): Promise<void> {
    this.closing = true;
    await Promise.all(this.free);
    await Promise.all([...this.all].map((broker) => broker.stop()));
  }

  private async emptied(broker: RunningKafka): Promise<RunningKafka | null> {
    try {
      await empty(broker.brokers);
      return broker;
    } catch {
      this.all.delete(broker);
      await broker.stop();
      return null;
    }
  }
}
