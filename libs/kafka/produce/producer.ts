import { randomUUID } from 'node:crypto';
import type { Kafka, Message, Producer } from 'kafkajs';
import { CLOUD_EVENT_HEADERS, CLOUD_EVENTS_VERSION } from '#contracts/cloud-events';
import type { EventOf, Topic } from '#contracts/topics';
import { classifyFailure } from '#domain/failures/classify';
import type { Logger } from '#platform/logging';
import { keyOf } from '../keys.js';
import { CODEC_IDS } from '../records/codecs.js';
import { inRequests } from './in-requests.js';

export interface PublishOptions {
  /** CloudEvents id; a new UUID if left out. Give the same one for a resend. */
  id?: string;
  /** When it happened; now if left out. */
  time?: Date;
  traceparent?: string;
}

export interface PublishManyOptions<T extends Topic> extends Omit<PublishOptions, 'id' | 'traceparent'> {
  idOf?: (event: EventOf<T>) => string;
  /** W3C trace context of the event's message. */
  traceparentOf?: (event: EventOf<T>) => string | undefined;
  /**
   * Told of an event that cannot be sent whatever is tried: it has no JSON, or no broker takes it. The others go out all the same.
   * Without it, such an event fails the whole call.
   */
  refused?: (event: EventOf<T>, error: unknown) => void;
}

/** One message on its way; `settle` is told what became of it. */
interface Outgoing {
  readonly topic: string;
  readonly message: Message;
  readonly bytes: number;
  readonly settle: (failure: Failure | null) => void;
}

interface Failure {
  readonly error: unknown;
}

/**
 * Less than this goes as it is, whatever KAFKA_COMPRESSION says: it would save little, and releases that read no codec (before zstd was
 * the default) follow it while an upgrade is under way.
 */
const SMALL_BYTES = 64 * 1024;
/** What a message takes beside key and value. */
const RECORD_OVERHEAD = 300;

export interface ProducerOptions {
  kafka: Kafka;
  /** CloudEvents source, like "ratchet/trainer". */
  source: string;
  logger: Logger;
}

/**
 * Publishes events as CloudEvents, acknowledged by all in-sync replicas.
 *
 * What is published while a request is under way goes out together in the next one, or in several where a broker would not take
 * that much. There is one request at a time:
 * that keeps the order of each key and the sequence numbers of the idempotent producer, which kafkajs mixes up when
 * requests overlap. A publish rejects when the cluster cannot be reached within kafkajs's retries, or refuses the message; the next
 * one starts with a new producer.
 */
export class EventProducer {
  private producer: Promise<Producer> | null = null;
  private queue: Outgoing[] = [];
  private failing: { readonly since: number; readonly reason: string } | null = null;
  private sending: Promise<void> | null = null;
  private closed = false;

  constructor(private readonly options: ProducerOptions) {}

  /** Connects ahead of the first publish. Not needed, but it takes the wait off the first one. */
  async connect(): Promise<void> {
    await this.connected();
  }

  async publish<T extends Topic>(topic: T, event: EventOf<T>, options: PublishOptions = {}): Promise<void> {
    await this.send(topic, this.message(topic, event, options));
  }

  /** Null while Kafka takes what is published, else since when it does not, and why. */
  health(now = Date.now()): string | null {
    if (this.failing === null) return null;
    return `nothing can be sent to Kafka for ${Math.round((now - this.failing.since) / 1000)} s: ${this.failing.reason}`;
  }

  /** In the order given. `idOf` gives an event's CloudEvents id, so that a resend of it is recognised. */
  publishMany<T extends Topic>(
    topic: T,
    events: readonly EventOf<T>[],
    { idOf, traceparentOf, refused, ...options }: PublishManyOptions<T> = {},
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      let left = events.length;
      let failure: Failure | null = null;
      const settled = (event: EventOf<T>, failed: Failure | null): void => {
        if (failed !== null && refused !== undefined && classifyFailure(failed.error) === 'permanent')
          refused(event, failed.error);
        else failure ??= failed;
        if (--left > 0) return;
        if (failure === null) resolve();
        else reject(failure.error);
      };
      if (left === 0) resolve();
      for (const event of events) {
        const settle = (failed: Failure | null): void => settled(event, failed);
        let message: Message;
        try {
          const traceparent = traceparentOf?.(event);
          message = this.message(topic, event, {
            ...options,
            ...(idOf ? { id: idOf(event) } : {}),
            ...(traceparent === undefined ? {} : { traceparent }),
          });
        } catch (error) {
          settle({ error });
          continue;
        }
        this.enqueue(topic, message, settle);
      }
    });
  }

  /** Says that a compacted topic's key is gone. */
  tombstone(topic: Topic, key: string): Promise<void> {
    return this.send(topic, { key, value: null, headers: this.headers(topic, {}) });
  }

  /** Sends what was accepted, then disconnects. */
  async disconnect(): Promise<void> {
    this.closed = true;
    await this.sending;
    const producer = await this.producer?.catch(() => null);
    await producer?.disconnect();
  }

  private message<T extends Topic>(topic: T, event: EventOf<T>, options: PublishOptions): Message {
    return { key: keyOf(topic, event), value: JSON.stringify(event), headers: this.headers(topic, options) };
  }

  private headers(topic: string, { id, time, traceparent }: PublishOptions): Record<string, string> {
    return {
      [CLOUD_EVENT_HEADERS.specVersion]: CLOUD_EVENTS_VERSION,
      [CLOUD_EVENT_HEADERS.id]: id ?? randomUUID(),
      [CLOUD_EVENT_HEADERS.type]: topic,
      [CLOUD_EVENT_HEADERS.source]: this.options.source,
      [CLOUD_EVENT_HEADERS.time]: (time ?? new Date()).toISOString(),
      [CLOUD_EVENT_HEADERS.contentType]: 'application/json',
      ...(traceparent === undefined ? {} : { [CLOUD_EVENT_HEADERS.traceparent]: traceparent }),
    };
  }

  private send(topic: string, message: Message): Promise<void> {
    return new Promise((resolve, reject) => {
      this.enqueue(topic, message, (failure) => (failure === null ? resolve() : reject(failure.error)));
    });
  }

  private enqueue(topic: string, message: Message, settle: Outgoing['settle']): void {
    if (this.closed) {
      settle({ error: new Error('The producer is disconnected.') });
      return;
    }
    const bytes = RECORD_OVERHEAD + byteLength(message.key) + byteLength(message.value);
    this.queue.push({ topic, message, bytes, settle });
    this.sending ??= this.drain();
  }

  private async drain(): Promise<void> {
    // Whatever is published in this turn of the event loop goes out together.
    await Promise.resolve();
    while (this.queue.length > 0) {
      const batch = this.queue;
      this.queue = [];
      let failure: Failure | null = null;
      // After a failure the rest fails as well: what comes later must not overtake what its sender will send again.
      for (const part of inRequests(batch, ({ bytes }) => bytes)) {
        failure ??= await this.request(part);
        if (failure !== null) for (const { settle } of part) settle(failure);
      }
    }
    // In the same breath as the last look at the queue, so that nothing is queued behind a loop that has ended.
    this.sending = null;
  }

  /**
   * One request. What the broker refuses is sent again in halves, until the message at fault stands alone and fails alone. Returns
   * what keeps all of them from being sent; else each has been told what became of it.
   */
  private async request(part: readonly Outgoing[]): Promise<Failure | null> {
    const byTopic = new Map<string, Message[]>();
    for (const { topic, message } of part) {
      const together = byTopic.get(topic);
      if (together) together.push(message);
      else byTopic.set(topic, [message]);
    }
    const small = part.reduce((sum, { bytes }) => sum + bytes, 0) < SMALL_BYTES;
    try {
      const producer = await this.connected();
      await producer.sendBatch({
        acks: -1,
        ...(small ? { compression: CODEC_IDS.none } : {}),
        topicMessages: [...byTopic].map(([topic, messages]) => ({ topic, messages })),
      });
      this.failing = null;
      for (const { settle } of part) settle(null);
      return null;
    } catch (error) {
      this.discard();
      if (classifyFailure(error) === 'temporary') {
        const reason = error instanceof Error ? error.message : String(error);
        this.failing = { since: this.failing?.since ?? Date.now(), reason };
        return { error };
      }
      const middle = part.length >> 1;
      if (middle === 0) {
        for (const { settle } of part) settle({ error });
        return null;
      }
      for (const half of [part.slice(0, middle), part.slice(middle)]) {
        const failure = await this.request(half);
        if (failure !== null) {
          for (const { settle } of part) settle(failure);
          return null;
        }
      }
      return null;
    }
  }

  private connected(): Promise<Producer> {
    this.producer ??= this.open().catch((error: unknown) => {
      this.producer = null;
      throw error;
    });
    return this.producer;
  }

  private async open(): Promise<Producer> {
    const producer = this.options.kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
    });
    await producer.connect();
    return producer;
  }

  /** After a failure the sequence numbers are in doubt: the next publish gets a producer of its own. */
  private discard(): void {
    const old = this.producer;
    this.producer = null;
    old
      ?.then((producer) => producer.disconnect())
      .catch((error: unknown) => this.options.logger.debug({ err: error }, 'old producer'));
  }
}

const byteLength = (bytes: Buffer | string | null | undefined): number =>
  bytes === null || bytes === undefined ? 0 : Buffer.byteLength(bytes);
