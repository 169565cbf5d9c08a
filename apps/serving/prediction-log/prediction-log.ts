import { setTimeout as pause } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { Inject, Injectable } from '@nestjs/common';
import { Counter, Gauge } from 'prom-client';
import { kafkaSettingsOf } from '#platform/kafka-settings';
import type { Logger } from '#platform/logging';
import { Loop } from '#platform/loop/loop';
import { Loops } from '#platform/loop/loops';
import { type Tracing, tracing } from '#platform/tracing/tracing';
import { SERVING_CONFIG, type ServingConfig } from '../config.js';
import { LOGGER } from '../keys.js';
import { type SenderNews, type SenderSettings, WAKE } from './messages.js';
import { type LoggedPrediction, RecordWriter } from './record-writer.js';
import { createRing, RingWriter, type SharedRing } from './ring.js';

const published = new Counter({
  name: 'ratchet_serving_prediction_log_published_total',
  help: 'Predictions that Kafka has.',
});
const dropped = new Counter({
  name: 'ratchet_serving_prediction_log_dropped_total',
  help: 'Predictions that were answered but not logged, because too many waited for Kafka, or because they cannot be sent.',
});
const refusedTotal = new Counter({
  name: 'ratchet_serving_prediction_log_refused_total',
  help: 'Of the dropped predictions, those that cannot be sent, however long one waits; the log names each.',
});
const waiting = new Gauge({
  name: 'ratchet_serving_prediction_log_waiting',
  help: 'Predictions that wait for Kafka.',
});

/** Memory for a prediction that waits, on average; most take about half of it. */
const BYTES_A_PREDICTION = 2048;
/** However few may wait, a large request fits, and what comes before the next one goes out. */
const SMALLEST_RING = 16 * 1024 * 1024;
/** A decision's site may take this many times the bytes that its body is limited to, in the worst case. */
const RESERVED_A_BODY_BYTE = 8;
/** How often it is looked whether the sending thread is well. */
const LOOK_MS = 1000;
const RETRY_MS = 1000;

/**
 * Sends answers to the topic `predictions` behind the requests' backs: they only put bytes into a bounded ring, which a thread of its
 * own empties. What is in the ring outlives that thread.
 */
@Injectable()
export class PredictionLog {
  readonly enabled: boolean;
  /** Of PREDICTION_LOG_LIMIT what falls to this process. */
  private readonly limit: number;
  /** So many wait no longer for others to go out with. */
  private readonly manyWait: number;
  private readonly shared: SharedRing;
  private readonly ring: RingWriter;
  private readonly writer: RecordWriter;
  private readonly loop: Loop;
  private thread: Worker | null = null;
  private ended: Promise<void> = Promise.resolve();
  private failure: string | null = null;
  private counted = { all: 0, refused: 0 };

  constructor(
    @Inject(SERVING_CONFIG) private readonly config: ServingConfig,
    @Inject(Loops) loops: Loops,
    @Inject(LOGGER) logger: Logger,
  ) {
    this.enabled = config.PREDICTION_LOG === 'on';
    this.limit = Math.ceil(config.PREDICTION_LOG_LIMIT / config.SERVING_WORKERS);
    this.manyWait = this.limit >> 1;
    const size = Math.max(
      SMALLEST_RING,
      RESERVED_A_BODY_BYTE * config.DECIDE_BODY_LIMIT,
      BYTES_A_PREDICTION * this.limit,
    );
    this.shared = createRing(this.enabled ? size : 8);
    this.ring = new RingWriter(this.shared);
    this.writer = new RecordWriter(this.ring, 'predictions', `ratchet/serving/${config.instance}`);
    this.loop = loops.add(
      new Loop({
        name: 'prediction log',
        everyMs: LOOK_MS,
        step: async () => this.look(),
        abandonable: true,
        logger,
        longestBackOffMs: RETRY_MS,
      }),
    );
  }

  add(prediction: LoggedPrediction): void {
    const before = this.ring.waiting;
    if (before >= this.limit || !this.writer.write(prediction)) {
      dropped.inc();
      return;
    }
    if (this.thread === null) this.loop.wake();
    else if (this.ring.isToBeWoken() || before === this.manyWait) this.thread.postMessage(WAKE);
  }

  /** Sends what waits, for at most `milliseconds`; what remains is counted as dropped. */
  async close(milliseconds: number): Promise<void> {
    const deadline = Date.now() + milliseconds;
    this.ring.close();
    this.thread?.postMessage(WAKE);
    while (this.ring.waiting > 0 && Date.now() < deadline) {
      this.loop.wake();
      await pause(20);
    }
    await this.loop.stop();
    await Promise.race([this.ended, pause(Math.max(0, deadline - Date.now()))]);
    this.count();
    dropped.inc(this.ring.waiting);
    await this.thread?.terminate();
  }

  /** Throws why nothing gets to Kafka, if that is so. The thread is started for the first prediction, and again if it ended. */
  private look(): void {
    this.count();
    const { failure } = this;
    if (this.thread === null) {
      // Told once; the next look starts a new one.
      this.failure = null;
      if (failure === null && this.ring.waiting > 0) this.start();
    }
    if (failure !== null) throw new Error(failure);
  }

  private start(): void {
    const { config } = this;
    const settings: SenderSettings = {
      ring: this.shared,
      kafka: kafkaSettingsOf(config),
      logLevel: config.LOG_LEVEL,
      instance: config.instance,
      traces: tracing() !== null,
    };
    const thread = new Worker(new URL('./sender-thread.js', import.meta.url), { workerData: settings });
    this.thread = thread;
    thread.on('message', (news: SenderNews) => this.take(news));
    thread.on('error', (error) => {
      this.failure = `the sending thread ended: ${error instanceof Error ? error.message : String(error)}`;
    });
    this.ended = new Promise((resolve) => {
      thread.once('exit', () => {
        this.thread = null;
        resolve();
      });
    });
  }

  private take(news: SenderNews): void {
    if (news.kind === 'published') {
      const traces = tracing();
      if (traces !== null) recordPublished(traces, news);
    } else this.failure = news.kind === 'failing' ? news.reason : null;
    this.loop.wake();
  }

  /** Carries over what the thread has counted. */
  private count(): void {
    const { all, refused } = this.ring.settled();
    const newlyRefused = (refused - this.counted.refused) | 0;
    const newly = (all - this.counted.all) | 0;
    this.counted = { all, refused };
    refusedTotal.inc(newlyRefused);
    dropped.inc(newlyRefused);
    published.inc(newly - newlyRefused);
    waiting.set(this.ring.waiting);
  }
}

function recordPublished(traces: Tracing, { answers, from, to }: SenderNews & { readonly kind: 'published' }): void {
  for (const { id, model } of answers)
    traces.record({
      name: 'predictions publish',
      kind: 'producer',
      of: id,
      from,
      to,
      attributes: { 'messaging.system': 'kafka', 'messaging.destination.name': 'predictions', 'ratchet.model': model },
    });
}
