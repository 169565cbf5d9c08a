import { Inject, Injectable } from '@nestjs/common';
import { Counter, Gauge } from 'prom-client';
import type { Prediction } from '#contracts/events/feedback';
import type { EventProducer } from '#kafka/producer';
import type { Logger } from '#platform/logging';
import { preciseNow, type Tracing, tracing } from '#platform/tracing/tracing';
import { SERVING_CONFIG, type ServingConfig } from '../config.js';
import { LOGGER, PREDICTION_PRODUCER } from '../injection.js';

const published = new Counter({
  name: 'ratchet_serving_prediction_log_published_total',
  help: 'Predictions that Kafka has.',
});
const dropped = new Counter({
  name: 'ratchet_serving_prediction_log_dropped_total',
  help: 'Predictions that were answered but not logged, because too many waited for Kafka.',
});
const waiting = new Gauge({
  name: 'ratchet_serving_prediction_log_waiting',
  help: 'Predictions that wait for Kafka.',
});

/** Predictions go out together, at most this many and this late. */
const BATCH = 500;
const PAUSE_MS = 50;
const RETRY_MS = 1000;

/** Sends answers to the topic `predictions` behind the requests' backs: they only put them in a bounded queue. */
@Injectable()
export class PredictionLog {
  readonly enabled: boolean;
  private queue: Prediction[] = [];
  private sending = 0;
  private timer: NodeJS.Timeout | null = null;
  private complained = false;

  constructor(
    @Inject(PREDICTION_PRODUCER) private readonly producer: EventProducer,
    @Inject(SERVING_CONFIG) private readonly config: ServingConfig,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.enabled = config.PREDICTION_LOG === 'on';
  }

  add(prediction: Prediction): void {
    if (this.queue.length + this.sending >= this.config.PREDICTION_LOG_LIMIT) {
      dropped.inc();
      return;
    }
    this.queue.push(prediction);
    if (this.sending > 0) return;
    if (this.queue.length >= BATCH) this.flush();
    else this.timer ??= setTimeout(() => this.flush(), PAUSE_MS);
  }

  /** Sends what waits, for at most `milliseconds`; what remains is counted as dropped. */
  async close(milliseconds: number): Promise<void> {
    const deadline = Date.now() + milliseconds;
    while (this.queue.length + this.sending > 0 && Date.now() < deadline) {
      if (this.sending === 0) this.flush();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    if (this.timer !== null) clearTimeout(this.timer);
    dropped.inc(this.queue.length + this.sending);
  }

  private flush(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    if (this.sending > 0 || this.queue.length === 0) return;
    const batch = this.queue.length <= BATCH ? this.queue : this.queue.slice(0, BATCH);
    this.queue = this.queue.length <= BATCH ? [] : this.queue.slice(BATCH);
    void this.send(batch);
  }

  private async send(batch: Prediction[]): Promise<void> {
    this.sending = batch.length;
    waiting.set(this.queue.length + this.sending);
    try {
      const traces = tracing();
      const from = preciseNow();
      await this.producer.publishMany('predictions', batch, {
        idOf: (prediction) => prediction.prediction_id,
        ...(traces === null
          ? {}
          : {
              traceparentOf: (prediction) =>
                isAnswer(prediction) ? traces.traceparent(prediction.prediction_id) : undefined,
            }),
      });
      if (traces !== null) recordPublished(traces, batch, from);
      published.inc(batch.length);
      this.complained = false;
      this.sending = 0;
      waiting.set(this.queue.length);
      if (this.queue.length >= BATCH) this.flush();
      else if (this.queue.length > 0) this.timer ??= setTimeout(() => this.flush(), PAUSE_MS);
    } catch (error) {
      if (!this.complained)
        this.logger.warn({ err: error }, 'Kafka does not take predictions; they wait, then are dropped');
      this.complained = true;
      // The same ids go out again, so that a batch which did arrive is not counted twice.
      this.queue = [...batch, ...this.queue];
      this.sending = 0;
      this.timer ??= setTimeout(() => this.flush(), RETRY_MS);
    }
  }
}

/** What a shadow would have said was nobody's decision. */
const isAnswer = ({ role }: Prediction): boolean => role !== 'shadow';

function recordPublished(traces: Tracing, batch: readonly Prediction[], from: number): void {
  const to = preciseNow();
  for (const { prediction_id: of, model } of batch.filter(isAnswer))
    traces.record({
      name: 'predictions publish',
      kind: 'producer',
      of,
      from,
      to,
      attributes: { 'messaging.system': 'kafka', 'messaging.destination.name': 'predictions', 'ratchet.model': model },
    });
}
