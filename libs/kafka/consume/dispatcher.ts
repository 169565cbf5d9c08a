import { setTimeout as sleep } from 'node:timers/promises';
import type { MessageHandler } from '@nestjs/microservices';
import type { EachBatchPayload } from 'kafkajs';
import { Counter } from 'prom-client';
import { lastValueFrom, type Observable } from 'rxjs';
import { TOPICS, type Topic } from '#contracts/topics';
import { classifyFailure } from '#domain/failures/classify';
import type { TopicIdentity } from '#domain/streams/position';
import type { Logger } from '#platform/logging';
import type { BatchResult, HandlerExtras, IncomingBatch, TransportMode } from '../decorators.js';
import { decodeMessage, type IncomingEvent, type InvalidEvent, type RawMessage } from '../message.js';
import type { CatchUp } from './catch-up.js';
import { NobodyToTell } from './invalid-event.js';
import { leaderEpochOf } from './leader-epoch.js';
import type { Complaint, Parking } from './parking.js';
import type { PartitionPauses } from './partition-pauses.js';

const handledEvents = new Counter({
  name: 'ratchet_events_handled_total',
  help: 'Kafka messages a handler has taken.',
  labelNames: ['topic'],
});
const invalidEvents = new Counter({
  name: 'ratchet_events_invalid_total',
  help: 'Kafka messages that did not fit their contract and were put aside.',
  labelNames: ['topic'],
});
const failedEvents = new Counter({
  name: 'ratchet_events_failed_total',
  help: 'Times a handler threw; the message comes again.',
  labelNames: ['topic'],
});

/** What kafkajs hands over, and which topic of that name it was read from. */
export interface FetchedBatch extends EachBatchPayload {
  readonly identity: TopicIdentity | null;
}

/** Where a message came from. */
type Origin = Pick<Complaint, 'partition' | 'identity'> & { readonly topic: Topic };

const originOf = (topic: Topic, { batch, identity }: FetchedBatch): Origin => ({
  topic,
  partition: batch.partition,
  identity,
});

/** Before a message that failed is tried once more, alone. */
const REPEAT_AFTER_MS = 50;
/** In a batch that takes long, the broker is told this often how far it is. */
const TELL_AFTER_MS = 500;
const BEAT_EVERY_MS = 1_000;
/** A handler that takes longer is taken for lost, and its partition goes to whoever else is there. */
const BEATS_FOR_MS = 120_000;

export interface DispatcherParts {
  readonly mode: TransportMode;
  readonly logger: Logger;
  readonly parking: Pick<Parking, 'park'>;
  readonly pauses: PartitionPauses;
  readonly catchUp: CatchUp;
  readonly handlers: ReadonlyMap<string, MessageHandler>;
  readonly toObservable: (result: unknown) => Observable<unknown>;
  readonly closed: () => boolean;
  /** The partition of the batch continues with the message `next`. */
  readonly continueFrom: (payload: FetchedBatch, next: bigint) => Promise<void>;
  readonly seek: (topic: Topic, partition: number, next: bigint) => void;
}

/**
 * Hands messages to handlers. What a handler throws is temporary (the partition pauses and the message comes again) or permanent:
 * then that message is tried once more, alone, and parked; what comes after it goes on.
 */
export class Dispatcher {
  constructor(private readonly parts: DispatcherParts) {}

  async dispatch(topic: Topic, payload: FetchedBatch): Promise<void> {
    const handler = this.parts.handlers.get(topic);
    if (!handler) return;
    const extras: HandlerExtras = { kind: 'event', invalid: 'skip', ...handler.extras };
    if (extras.kind === 'batch') await this.dispatchBatch(topic, handler, payload);
    else await this.dispatchEvents(topic, handler, extras, payload);
  }

  private async dispatchEvents(
    topic: Topic,
    handler: MessageHandler,
    extras: HandlerExtras,
    payload: FetchedBatch,
  ): Promise<void> {
    const { batch, resolveOffset, heartbeat, isRunning, isStale } = payload;
    const messages = batch.messages.map(rawMessage);
    const together =
      extras.kind === 'events' &&
      (await whileBeating(heartbeat, this.takenTogether(topic, handler, payload, messages)));
    if (together === 'failed') return;
    let done: string | null = null;
    let at = messages[0]?.offset ?? '0';
    let toldAt = Date.now();
    try {
      for (const message of messages) {
        if (!isRunning() || isStale()) break;
        at = message.offset;
        if (!together) await whileBeating(heartbeat, this.take(originOf(topic, payload), handler, extras, message));
        resolveOffset(message.offset);
        done = message.offset;
        this.parts.pauses.passed(topic, batch.partition);
        this.parts.catchUp.handled(topic, batch.partition, message.offset);
        if (together) continue;
        // Whoever is put out of the group in the midst of a long batch would else begin it again, and be put out again.
        if (Date.now() - toldAt > TELL_AFTER_MS) {
          toldAt = Date.now();
          await this.parts.continueFrom(payload, BigInt(done) + 1n);
        }
        await heartbeat();
      }
    } catch (error) {
      this.pausePartition(topic, payload, at, error);
    }
    if (done === null) return;
    // Behind the last message there may be markers of transactions, which are nobody's to handle.
    const next = done === messages.at(-1)?.offset ? batch.lastOffset() : done;
    await this.parts.continueFrom(payload, BigInt(next) + 1n);
  }

  /** One message: handled, put aside, or parked. Throws what is temporary. */
  private async take(
    origin: Origin,
    handler: MessageHandler,
    extras: HandlerExtras,
    message: RawMessage,
  ): Promise<void> {
    const { topic, partition } = origin;
    const event = decodeMessage(topic, partition, message);
    if (event.kind === 'invalid' && (extras.invalid === 'skip' || event.problem === 'undecodable'))
      return this.putAside(origin, event, message);
    const data = extras.kind === 'events' ? [event] : event;
    try {
      await this.call(handler, data);
    } catch (error) {
      this.assertPermanent(error);
      failedEvents.inc({ topic });
      this.parts.logger.warn(
        { err: error, topic, partition, offset: message.offset },
        'handler failed; once more, alone',
      );
      await sleep(REPEAT_AFTER_MS);
      const again = await this.failureOf(handler, data);
      if (again !== null) return this.park(origin, message, again.error);
    }
    handledEvents.inc({ topic });
  }

  /**
   * Events handed over at once. True when the handler has taken all of them; false when one of them is at fault, and each has to be
   * tried alone; `failed` when the partition pauses.
   */
  private async takenTogether(
    topic: Topic,
    handler: MessageHandler,
    payload: FetchedBatch,
    messages: readonly RawMessage[],
  ): Promise<boolean | 'failed'> {
    const { partition } = payload.batch;
    try {
      const events: IncomingEvent[] = [];
      for (const message of messages) {
        const event = decodeMessage(topic, partition, message);
        if (event.kind === 'event') events.push(event);
        else await this.putAside(originOf(topic, payload), event, message);
      }
      if (events.length > 0) await this.call(handler, events);
      handledEvents.inc({ topic }, events.length);
      return true;
    } catch (error) {
      if (classifyFailure(error) === 'permanent' && !this.parts.closed()) {
        failedEvents.inc({ topic });
        this.parts.logger.warn(
          { err: error, topic, partition, messages: messages.length },
          'handler failed; each alone',
        );
        return false;
      }
      this.pausePartition(topic, payload, messages[0]?.offset ?? '0', error);
      return 'failed';
    }
  }

  private async dispatchBatch(topic: Topic, handler: MessageHandler, payload: FetchedBatch): Promise<void> {
    const { batch, identity, resolveOffset, heartbeat } = payload;
    const { partition } = batch;
    const messages = batch.messages.map(rawMessage);
    try {
      const { highWatermark } = batch;
      const end = BigInt(batch.lastOffset()) + 1n;
      const leaderEpoch = leaderEpochOf(batch);
      const incoming: IncomingBatch = { topic, partition, identity, highWatermark, messages, end, leaderEpoch };
      const { next } = await whileBeating(heartbeat, this.call<BatchResult>(handler, incoming));
      const last = messages.at(-1)?.offset;
      if (last !== undefined && (next === end || next === BigInt(last) + 1n)) resolveOffset(last);
      else this.parts.seek(topic, partition, next);
      this.parts.pauses.passed(topic, partition);
      // Postgres decides where a partition continues; the copy in Kafka is for people and their lag tools.
      await this.parts.continueFrom(payload, next);
    } catch (error) {
      this.pausePartition(topic, payload, messages[0]?.offset ?? '0', error);
    }
  }

  /** A message that does not fit the contract of its topic. */
  private async putAside(origin: Origin, event: InvalidEvent, message: RawMessage): Promise<void> {
    const { topic } = origin;
    const { partition, offset, id, problem, field, detail } = event;
    // A tombstone on a compacted topic is a way of saying goodbye, not a mistake.
    if (problem === 'tombstone' && TOPICS[topic].cleanup !== 'delete') return;
    invalidEvents.inc({ topic });
    if (this.parts.mode === 'broadcast')
      // Every instance reads it again at every start; whoever shares the work of the topic parks it.
      this.parts.logger.warn(
        { topic, partition, offset, id, problem, field, detail },
        'message skipped: it does not fit the contract',
      );
    else
      await this.parts.parking.park({
        ...origin,
        message,
        reason: REASONS[problem],
        field,
        detail,
      });
  }

  private park(origin: Origin, message: RawMessage, error: unknown): Promise<void> {
    const what =
      error instanceof NobodyToTell
        ? { reason: REASONS[error.event.problem], field: error.event.field, detail: error.event.detail }
        : {
            reason: 'failed' as const,
            field: null,
            detail: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
          };
    return this.parts.parking.park({ ...origin, message, ...what, error });
  }

  /** What a permanent failure was about; null when there was none. Throws what is temporary. */
  private async failureOf(handler: MessageHandler, data: unknown): Promise<{ error: unknown } | null> {
    try {
      await this.call(handler, data);
      return null;
    } catch (error) {
      this.assertPermanent(error);
      return { error };
    }
  }

  /** While everything is being closed under a handler's feet, nothing that it throws says anything about its message. */
  private assertPermanent(error: unknown): void {
    if (this.parts.closed() || classifyFailure(error) === 'temporary') throw error;
  }

  private async call<R = unknown>(handler: MessageHandler, data: unknown): Promise<R>;
  private async call(handler: MessageHandler, data: unknown): Promise<unknown> {
    return lastValueFrom(this.parts.toObservable(await handler(data)), { defaultValue: undefined });
  }

  /** Leaves the partition alone for a while; the others go on. The unresolved message is fetched again afterwards. */
  private pausePartition(topic: Topic, payload: FetchedBatch, offset: string, error: unknown): void {
    if (this.parts.closed()) return;
    const { partition } = payload.batch;
    failedEvents.inc({ topic });
    const retry_in_ms = this.parts.pauses.pause(payload, offset, error);
    this.parts.logger.error(
      { err: error, topic, partition, offset, retry_in_ms },
      'handler failed, the message comes again',
    );
  }
}

/** Tells the group now and then that its member is at work, for as long as one message may take. */
async function whileBeating<T>(heartbeat: () => Promise<void>, work: Promise<T>): Promise<T> {
  const until = Date.now() + BEATS_FOR_MS;
  let timer: NodeJS.Timeout;
  const beat = (): void => {
    // What is wrong with it shows in the next fetch.
    void heartbeat().catch(() => undefined);
    if (Date.now() < until) timer = setTimeout(beat, BEAT_EVERY_MS);
  };
  timer = setTimeout(beat, BEAT_EVERY_MS);
  return work.finally(() => clearTimeout(timer));
}

const REASONS = {
  tombstone: 'tombstone',
  'not-json': 'not-json',
  invalid: 'contract',
  undecodable: 'undecodable',
} as const;

type KafkaMessage = EachBatchPayload['batch']['messages'][number];

const hasHeaders = (message: KafkaMessage): message is KafkaMessage & RawMessage => message.headers !== undefined;

const rawMessage = (message: KafkaMessage): RawMessage => (hasHeaders(message) ? message : { ...message, headers: {} });
