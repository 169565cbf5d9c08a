import type { Admin, Kafka } from 'kafkajs';
import { Gauge } from 'prom-client';
import type { ConsumerReport } from '#contracts/http/health';
import type { Logger } from '#platform/logging';
import { Loop } from '#platform/loop/loop';
import type { TransportState } from '../transport.js';
import type { TopicLag } from './consumer-lag.js';

const lagMessages = new Gauge({
  name: 'ratchet_consumer_lag_messages',
  help: 'Messages of a topic that a consumer has not handled yet, asked of the broker twice a minute. Replicas of a group say the same.',
  labelNames: ['consumer', 'topic'],
});

const EVERY_MS = 30_000;

/** As much of a transport as can be reported on. */
export interface Reported {
  readonly name: string;
  state(): TransportState;
  lag(admin: Admin): Promise<TopicLag[]>;
}

/** What each consumer of a service hears, how far it is behind, and where it stands still: for readiness and the metrics. */
export class ConsumerReports {
  readonly loop: Loop;
  private readonly measured = new Map<Reported, { readonly at: Date; readonly lags: readonly TopicLag[] }>();

  constructor(
    private readonly kafka: Kafka,
    private readonly consumers: readonly Reported[],
    logger: Logger,
  ) {
    this.loop = new Loop({ name: 'consumer lag', everyMs: EVERY_MS, step: () => this.measure(), logger });
  }

  report(): ConsumerReport[] {
    return this.consumers.map((consumer) => {
      const { hears, since, reason, blocked } = consumer.state();
      const measured = this.measured.get(consumer);
      return {
        consumer: consumer.name,
        hears,
        since: new Date(since).toISOString(),
        reason,
        lag: measured?.lags.reduce((sum, { messages }) => sum + messages, 0) ?? null,
        lag_by_topic: Object.fromEntries(
          (measured?.lags ?? []).filter(({ messages }) => messages > 0).map(({ topic, messages }) => [topic, messages]),
        ),
        lag_measured_at: measured?.at.toISOString() ?? null,
        blocked: blocked.map((each) => ({ ...each, since: new Date(each.since).toISOString() })),
      };
    });
  }

  private async measure(): Promise<void> {
    if (this.consumers.length === 0) return;
    const admin = this.kafka.admin();
    await admin.connect();
    try {
      for (const consumer of this.consumers) {
        const lags = await consumer.lag(admin);
        this.measured.set(consumer, { at: new Date(), lags });
        for (const { topic, messages } of lags) lagMessages.set({ consumer: consumer.name, topic }, messages);
      }
    } finally {
      await admin.disconnect();
    }
  }
}
