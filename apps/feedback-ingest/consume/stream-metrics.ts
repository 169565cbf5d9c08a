import { Inject, Injectable } from '@nestjs/common';
import { Gauge } from 'prom-client';
import type { Logger } from '#platform/logging';
import { Loop } from '#platform/loop/loop';
import { Loops } from '#platform/loop/loops';
import { LOGGER } from '../keys.js';
import { DeadLetterBox } from '../storage/dead-letter-box.js';
import { FEEDBACK_TOPICS } from './read-batch.js';
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

const EVERY_MS = 10_000;

/** What the stream is doing, for Prometheus. Every instance tells the same, so take their maximum, not their sum. */
@Injectable()
export class StreamMetrics {
  constructor(
    @Inject(StreamLag) private readonly streamLag: StreamLag,
    @Inject(DeadLetterBox) private readonly box: DeadLetterBox,
    @Inject(Loops) loops: Loops,
    @Inject(LOGGER) logger: Logger,
  ) {
    loops.add(new Loop({ name: 'lag', everyMs: EVERY_MS, step: () => this.readLag(), logger }));
    loops.add(new Loop({ name: 'dead letters', everyMs: EVERY_MS, step: () => this.readDeadLetters(), logger }));
  }

  private async readLag(): Promise<void> {
    const lags = await this.streamLag.of(FEEDBACK_TOPICS);
    for (const topic of FEEDBACK_TOPICS) lag.set({ topic }, lags.get(topic) ?? 0);
  }

  private async readDeadLetters(): Promise<void> {
    const waiting = await this.box.waiting();
    deadLetters.reset();
    for (const topic of FEEDBACK_TOPICS) deadLetters.set({ topic }, 0);
    for (const [topic, count] of waiting) deadLetters.set({ topic }, count);
  }
}
