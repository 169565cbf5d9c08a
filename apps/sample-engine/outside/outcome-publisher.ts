import { setTimeout as pause } from 'node:timers/promises';
import type { EventOf } from '#contracts/topics';
import type { EventProducer } from '#kafka/produce/producer';
import type { Logger } from '#platform/logging';

type EngineTopic = 'automation.outcomes' | 'shadow.outcomes';

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 5000;

/** Publishes and does not give up: an outcome that Kafka cannot take now is sent again, under the same id. */
export class OutcomePublisher {
  /** Distinct events that Kafka has acknowledged, by topic. */
  readonly sent: Record<EngineTopic, number> = { 'automation.outcomes': 0, 'shadow.outcomes': 0 };

  constructor(
    private readonly producer: EventProducer,
    private readonly logger: Logger,
  ) {}

  /** Resolves when Kafka has acknowledged the event. */
  async publish<T extends EngineTopic>(topic: T, event: EventOf<T>, id: string, time: Date): Promise<void> {
    for (let wait = FIRST_PAUSE_MS; ; wait = Math.min(LONGEST_PAUSE_MS, wait * 2)) {
      try {
        await this.producer.publish(topic, event, { id, time });
        this.sent[topic]++;
        return;
      } catch (error) {
        this.logger.warn({ err: error, topic, retry_in_ms: wait }, 'Kafka did not take an outcome');
        await pause(wait);
      }
    }
  }
}
