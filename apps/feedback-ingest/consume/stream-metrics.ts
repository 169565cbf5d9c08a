import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Gauge } from 'prom-client';
import { DeadLetterBox } from '#database/feedback/dead-letter-box';
import type { Logger } from '#platform/logging';
import { Readings } from '#platform/readings';
import { LOGGER } from '../tokens.js';
import type { FeedbackTopic } from './read-batch.js';
import { StreamLag } from './stream-lag.js';

const lag = new Gauge({
  name: 'ratchet_ingest_topic_lag_messages',
  help: 'Messages of a topic that are not stored yet, read from Kafka and Postgres, so that it grows while ingest stands still.',
  labelNames: ['topic'],
});
const deadLetters = new Gauge({
  name: 'ratchet_dead_letters_waiting',
  help: 'Messages that were refused and have not been replayed.',
  labelNames: ['topic'],
});

const TOPICS: readonly FeedbackTopic[] = ['automation.outcomes', 'shadow.outcomes', 'predictions'];
const EVERY_MS = 10_000;

/** What the stream is doing, for Prometheus. Every instance tells the same, so take their maximum, not their sum. */
@Injectable()
export class StreamMetrics implements OnApplicationBootstrap {
  private readonly readings: readonly Readings[];

  constructor(
    @Inject(StreamLag) private readonly streamLag: StreamLag,
    @Inject(DeadLetterBox) private readonly box: DeadLetterBox,
    @Inject(LOGGER) logger: Logger,
  ) {
    this.readings = [
      new Readings('lag', EVERY_MS, () => this.readLag(), logger),
      new Readings('dead-letters', EVERY_MS, () => this.readDeadLetters(), logger),
    ];
  }

  onApplicationBootstrap(): void {
    for (const reading of this.readings) reading.start();
  }

  /** Resolves when the readings under way are over. */
  async stop(): Promise<void> {
    await Promise.all(this.readings.map((reading) => reading.stop()));
  }

  private async readLag(): Promise<void> {
    const lags = await this.streamLag.of(TOPICS);
    for (const topic of TOPICS) lag.set({ topic }, lags.get(topic) ?? 0);
  }

  private async readDeadLetters(): Promise<void> {
    const waiting = await this.box.waiting();
    for (const topic of TOPICS) deadLetters.set({ topic }, waiting.get(topic) ?? 0);
  }
}
