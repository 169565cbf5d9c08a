import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { MessageHandler } from '@nestjs/microservices';
import { type CustomTransportStrategy, Server } from '@nestjs/microservices';
import type { Consumer, ConsumerConfig, EachBatchPayload, Kafka } from 'kafkajs';
import { Counter } from 'prom-client';
import { lastValueFrom } from 'rxjs';
import { TOPICS, type Topic } from '#contracts/topics';
import type { Logger } from '#platform/logging';
import { CatchUp } from './catch-up.js';
import {
  type BatchResult,
  type HandlerExtras,
  type IncomingBatch,
  TRANSPORT_IDS,
  type TransportMode,
} from './decorators.js';
import { decodeMessage, type IncomingEvent, type InvalidEvent, type RawMessage } from './message.js';
import { Places } from './places.js';

const handledEvents = new Counter({
  name: 'ratchet_events_handled_total',
  help: 'Kafka messages a handler has taken.',
  labelNames: ['topic'],
});
const invalidEvents = new Counter({
  name: 'ratchet_events_invalid_total',
  help: 'Kafka messages that did not fit their contract and were skipped.',
  labelNames: ['topic'],
});
const failedEvents = new Counter({
  name: 'ratchet_events_failed_total',
  help: 'Times a handler threw; the message comes again.',
  labelNames: ['topic'],
});

export interface TransportOptions {
  kafka: Kafka;
  /** Consumer group; in broadcast mode only the beginning of its name. */
  group: string;
  mode?: TransportMode;
  logger: Logger;
  /** Partitions handled at a time, 1 if left out. Each partition still has one batch under way at most. */
  concurrency?: number;
  /**
   * Where a partition continues, for those who keep offsets outside Kafka: asked on every assignment, so that a partition
   * in which nothing new arrives is read from there as well.
   */
  continueAt?: (topic: Topic, partition: number) => Promise<bigint>;
  /** Overrides of kafkajs's consumer settings, like `maxBytesPerPartition`. */
  consumer?: Partial<ConsumerConfig>;
}

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 10_000;
/** Without a completed fetch for this long, the instance counts as cut off: a fetch returns at least every 100 ms. */
const CUT_OFF_AFTER_MS = 10_000;

/**
 * Nest's way to Kafka: hands the messages of topics to methods with `@OnEvent` and `@OnBatch`.
 *
 * One loop per consumer owns all its state. kafkajs calls `eachBatch` one partition at a time; rebalances happen
 * between those calls, and whoever keeps offsets elsewhere re-reads them per batch, so no callback changes anything.
 */
export class KafkaTransport extends Server implements CustomTransportStrategy {
  override readonly transportId: symbol;
  /** A handler that throws is this transport's business: the message comes again. */
  override readonly propagatesEventHandlerErrors = true;
  private readonly mode: TransportMode;
  private readonly catchUp = new CatchUp();
  private readonly pauses = new Map<string, number>();
  private readonly resumes = new Set<NodeJS.Timeout>();
  private readonly places = new Places((error, offsets) =>
    this.options.logger.debug({ err: error, offsets }, 'offsets not committed'),
  );
  private consumer: Consumer | null = null;
  private starting: Promise<void> | null = null;
  private closed = false;
  private joined = false;
  private assignments = 0;
  private lastFetchAt = 0;

  constructor(private readonly options: TransportOptions) {
    super();
    this.mode = options.mode ?? 'group';
    this.transportId = TRANSPORT_IDS[this.mode];
  }

  listen(callback: (error?: unknown) => void): void {
    // Kafka may be away when a service starts; it begins to consume when the cluster is there.
    this.starting = this.start();
    callback();
  }

  async close(): Promise<void> {
    this.closed = true;
    for (const timer of this.resumes) clearTimeout(timer);
    await this.places.tell();
    await this.consumer
      ?.disconnect()
      .catch((error: unknown) => this.options.logger.debug({ err: error }, 'while disconnecting'));
    await this.starting;
  }

  on(): never {
    throw new Error('The Kafka transport has no events to listen to.');
  }

  unwrap<T>(): T {
    throw new Error('The consumer is the transport’s own.');
  }

  /** Resolves when everything that was in the topics at start has been handled. */
  caughtUp(): Promise<void> {
    return this.catchUp.wait();
  }

  /** Null while messages flow, else what is in the way. */
  health(): string | null {
    if (!this.joined) return 'has not joined its consumer group yet';
    const silence = Date.now() - this.lastFetchAt;
    return silence > CUT_OFF_AFTER_MS ? `no answer from Kafka for ${Math.round(silence / 1000)} s` : null;
  }

  private topics(): Topic[] {
    return [...this.messageHandlers.keys()].filter((pattern): pattern is Topic => pattern in TOPICS);
  }

  private async start(): Promise<void> {
    await this.persist(
      'cannot consume from Kafka yet',
      () => !this.closed,
      async () => {
        try {
          await this.consume();
        } catch (error) {
          await this.consumer?.disconnect().catch(() => {});
          throw error;
        }
      },
    );
  }

  /** Tries again, ever less often, until it works or is not wanted any more. */
  private async persist(complaint: string, wanted: () => boolean, attempt: () => Promise<void>): Promise<void> {
    for (let pause = FIRST_PAUSE_MS; wanted(); pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      try {
        return await attempt();
      } catch (error) {
        this.options.logger.warn({ err: error, retry_in_ms: pause }, complaint);
        await sleep(pause, undefined, { ref: false });
      }
    }
  }

  private async consume(): Promise<void> {
    const topics = this.topics();
    if (topics.length === 0) return;
    const { kafka, group, consumer: overrides } = this.options;
    if (this.mode === 'broadcast') {
      const admin = kafka.admin();
      await admin.connect();
      await this.catchUp.mark(admin, topics).finally(() => admin.disconnect());
    }
    const consumer = kafka.consumer({
      // A group of its own each time: nothing is committed, and no dead predecessor is waited for.
      groupId: this.mode === 'group' ? group : `${group}.${randomUUID()}`,
      sessionTimeout: 10_000,
      rebalanceTimeout: 15_000,
      heartbeatInterval: 1_000,
      maxWaitTimeInMs: 100,
      allowAutoTopicCreation: false,
      retry: { initialRetryTime: 100, maxRetryTime: 2_000, retries: 8, restartOnFailure: async () => !this.closed },
      ...overrides,
    });
    this.consumer = consumer;
    this.watch(consumer);
    await consumer.connect();
    await consumer.subscribe({ topics, fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: this.options.concurrency ?? 1,
      eachBatch: (payload) => this.dispatch(payload),
    });
  }

  private watch(consumer: Consumer): void {
    let sinceFetch = 0;
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      this.joined = true;
      this.lastFetchAt = Date.now();
      sinceFetch = -1;
      this.assignments++;
      this.places.forget();
      void this.seekAssigned(consumer, payload.memberAssignment, this.assignments);
    });
    consumer.on(consumer.events.FETCH, () => {
      this.lastFetchAt = Date.now();
      // -1 marks the first fetch after a join, which may not have asked for every partition yet.
      if (sinceFetch === 0) this.catchUp.fetchedNothing();
      sinceFetch = 0;
    });
    consumer.on(consumer.events.START_BATCH_PROCESS, () => {
      sinceFetch++;
    });
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      this.joined = false;
      if (!this.closed) this.options.logger.warn({ err: payload.error, restarts: payload.restart }, 'consumer crashed');
    });
  }

  /** Goes to where `continueAt` says, for as long as the assignment is the present one. */
  private async seekAssigned(
    consumer: Consumer,
    assigned: Record<string, number[]>,
    assignment: number,
  ): Promise<void> {
    const { continueAt } = this.options;
    if (!continueAt) return;
    const current = (): boolean => !this.closed && assignment === this.assignments;
    await this.persist('cannot ask where partitions continue yet', current, async () => {
      for (const topic of this.topics())
        for (const partition of assigned[topic] ?? []) {
          const offset = await continueAt(topic, partition);
          if (!current()) return;
          consumer.seek({ topic, partition, offset: offset.toString() });
        }
    });
  }

  private async dispatch(payload: EachBatchPayload): Promise<void> {
    const topic = this.topics().find((name) => name === payload.batch.topic);
    const handler = topic && this.messageHandlers.get(topic);
    if (!topic || !handler) return;
    const extras: HandlerExtras = { kind: 'event', invalid: 'skip', ...handler.extras };
    if (extras.kind === 'batch') await this.dispatchBatch(topic, handler, payload);
    else if (extras.kind === 'events') await this.dispatchTogether(topic, handler, payload);
    else await this.dispatchEvents(topic, handler, extras, payload);
  }

  private async dispatchEvents(
    topic: Topic,
    handler: MessageHandler,
    extras: HandlerExtras,
    payload: EachBatchPayload,
  ): Promise<void> {
    const { batch, resolveOffset, heartbeat, isRunning, isStale } = payload;
    let done: string | null = null;
    try {
      for (const message of batch.messages) {
        if (!isRunning() || isStale()) break;
        const event = decodeMessage(topic, batch.partition, rawMessage(message));
        if (event.kind === 'invalid' && extras.invalid === 'skip') this.skip(topic, event);
        else {
          await this.call(handler, event);
          handledEvents.inc({ topic });
        }
        resolveOffset(message.offset);
        done = message.offset;
        this.pauses.delete(`${topic}/${batch.partition}`);
        this.catchUp.handled(topic, batch.partition, message.offset);
        await heartbeat();
      }
    } catch (error) {
      this.pausePartition(topic, payload, error);
    }
    if (done !== null) await this.continueFrom(payload, BigInt(done) + 1n);
  }

  private async dispatchTogether(topic: Topic, handler: MessageHandler, payload: EachBatchPayload): Promise<void> {
    const { batch, resolveOffset } = payload;
    const last = batch.lastOffset();
    try {
      const events: IncomingEvent[] = [];
      for (const message of batch.messages) {
        const event = decodeMessage(topic, batch.partition, rawMessage(message));
        if (event.kind === 'invalid') this.skip(topic, event);
        else events.push(event);
      }
      if (events.length > 0) await this.call(handler, events);
      handledEvents.inc({ topic }, events.length);
      resolveOffset(last);
      this.pauses.delete(`${topic}/${batch.partition}`);
    } catch (error) {
      this.pausePartition(topic, payload, error);
      return;
    }
    await this.continueFrom(payload, BigInt(last) + 1n);
  }

  private skip(topic: Topic, { partition, offset, id, problem, field, detail }: InvalidEvent): void {
    // A tombstone on a compacted topic is a way of saying goodbye, not a mistake.
    if (problem === 'tombstone' && TOPICS[topic].cleanup !== 'delete') return;
    invalidEvents.inc({ topic });
    this.options.logger.warn(
      { topic, partition, offset, id, problem, field, detail },
      'message skipped: it does not fit the contract',
    );
  }

  private async dispatchBatch(topic: Topic, handler: MessageHandler, payload: EachBatchPayload): Promise<void> {
    const { batch, resolveOffset, heartbeat } = payload;
    const last = batch.lastOffset();
    try {
      const incoming: IncomingBatch = {
        topic,
        partition: batch.partition,
        highWatermark: batch.highWatermark,
        messages: batch.messages.map(rawMessage),
        heartbeat,
      };
      const { next } = await this.call<BatchResult>(handler, incoming);
      if (next === BigInt(last) + 1n) resolveOffset(last);
      else this.consumer?.seek({ topic, partition: batch.partition, offset: next.toString() });
      this.pauses.delete(`${topic}/${batch.partition}`);
      // Postgres decides where a partition continues; the copy in Kafka is for people and their lag tools.
      await this.continueFrom(payload, next);
    } catch (error) {
      this.pausePartition(topic, payload, error);
    }
  }

  private async call<R = unknown>(handler: MessageHandler, data: unknown): Promise<R> {
    return lastValueFrom(this.transformToObservable(await handler(data)), { defaultValue: undefined });
  }

  /**
   * Broadcast readers leave no trace; everybody else's place is kept by the broker. Nobody waits for it: the next messages
   * are on their way meanwhile, and those of a place that was lost come again.
   */
  private async continueFrom(payload: EachBatchPayload, next: bigint): Promise<void> {
    if (this.mode === 'broadcast') return;
    this.places.set(payload, next);
    // The last ones, though, before the connection ends.
    if (this.closed) await this.places.tell();
  }

  /** Leaves the partition alone for a while; the others go on. The unresolved message is fetched again afterwards. */
  private pausePartition(topic: Topic, { batch, pause }: EachBatchPayload, error: unknown): void {
    if (this.closed) return;
    const name = `${topic}/${batch.partition}`;
    const duration = Math.min((this.pauses.get(name) ?? FIRST_PAUSE_MS / 2) * 2, LONGEST_PAUSE_MS);
    this.pauses.set(name, duration);
    failedEvents.inc({ topic });
    this.options.logger.error(
      { err: error, topic, partition: batch.partition, retry_in_ms: duration },
      'handler failed, the message comes again',
    );
    const resume = pause();
    const timer = setTimeout(() => {
      this.resumes.delete(timer);
      if (!this.closed) resume();
    }, duration);
    this.resumes.add(timer);
  }
}

type KafkaMessage = EachBatchPayload['batch']['messages'][number];

const hasHeaders = (message: KafkaMessage): message is KafkaMessage & RawMessage => message.headers !== undefined;

const rawMessage = (message: KafkaMessage): RawMessage => (hasHeaders(message) ? message : { ...message, headers: {} });

export {
  type BatchResult,
  type IncomingBatch,
  OnBatch,
  OnEvent,
  OnEvents,
  OnEventsTogether,
  type TransportMode,
} from './decorators.js';
export type { IncomingEvent, InvalidEvent, RawMessage } from './message.js';
