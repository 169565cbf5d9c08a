import { randomUUID } from 'node:crypto';
import { CompressionTypes, type Kafka, type Message, type Producer } from 'kafkajs';
import { CLOUD_EVENT_HEADERS, CLOUD_EVENTS_VERSION } from '#contracts/cloud-events';
import type { EventOf, Topic } from '#contracts/topics';
import type { Logger } from '#platform/logging';
import { keyOf } from './keys.js';

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
}

interface Pending {
  readonly topic: string;
  readonly messages: Message[];
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export interface ProducerOptions {
  kafka: Kafka;
  /** CloudEvents source, like "ratchet/trainer". */
  source: string;
  logger: Logger;
}

/**
 * Publishes events as CloudEvents, acknowledged by all in-sync replicas.
 *
 * What is published while a request is under way goes out together in the next one. There is one request at a time:
 * that keeps the order of each key and the sequence numbers of the idempotent producer, which kafkajs mixes up when
 * requests overlap. A publish rejects when the cluster cannot be reached within kafkajs's retries; the next one starts
 * with a new producer.
 */
export class EventProducer {
  private producer: Promise<Producer> | null = null;
  private queue: Pending[] = [];
  private sending: Promise<void> | null = null;
  private closed = false;

  constructor(private readonly options: ProducerOptions) {}

  /** Connects ahead of the first publish. Not needed, but it takes the wait off the first one. */
  async connect(): Promise<void> {
    await this.connected();
  }

  publish<T extends Topic>(topic: T, event: EventOf<T>, options: PublishOptions = {}): Promise<void> {
    return this.enqueue(topic, [this.message(topic, event, options)]);
  }

  /** In the order given. `idOf` gives an event's CloudEvents id, so that a resend of it is recognised. */
  publishMany<T extends Topic>(
    topic: T,
    events: readonly EventOf<T>[],
    { idOf, traceparentOf, ...options }: PublishManyOptions<T> = {},
  ): Promise<void> {
    return this.enqueue(
      topic,
      events.map((event) => {
        const traceparent = traceparentOf?.(event);
        return this.message(topic, event, {
          ...options,
          ...(idOf ? { id: idOf(event) } : {}),
          ...(traceparent === undefined ? {} : { traceparent }),
        });
      }),
    );
  }

  /** Says that a compacted topic's key is gone. */
  tombstone(topic: Topic, key: string): Promise<void> {
    return this.enqueue(topic, [{ key, value: null, headers: this.headers(topic, {}) }]);
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

  private enqueue(topic: string, messages: Message[]): Promise<void> {
    if (this.closed) return Promise.reject(new Error('The producer is disconnected.'));
    return new Promise((resolve, reject) => {
      this.queue.push({ topic, messages, resolve, reject });
      this.sending ??= this.drain();
    });
  }

  private async drain(): Promise<void> {
    // Whatever is published in this turn of the event loop goes out together.
    await Promise.resolve();
    while (this.queue.length > 0) {
      const batch = this.queue;
      this.queue = [];
      const byTopic = new Map<string, Message[]>();
      for (const { topic, messages } of batch) {
        const together = byTopic.get(topic);
        if (together) for (const message of messages) together.push(message);
        else byTopic.set(topic, [...messages]);
      }
      try {
        const producer = await this.connected();
        await producer.sendBatch({
          acks: -1,
          compression: CompressionTypes.None,
          topicMessages: [...byTopic].map(([topic, messages]) => ({ topic, messages })),
        });
        for (const { resolve } of batch) resolve();
      } catch (error) {
        this.discard();
        for (const { reject } of batch) reject(error);
      }
    }
    // In the same breath as the last look at the queue, so that nothing is queued behind a loop that has ended.
    this.sending = null;
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
