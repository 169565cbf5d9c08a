import type { Kafka, Message, Producer } from 'kafkajs';
import { classifyFailure } from '#domain/failures/classify';
import { type RawMessage, rawHeaders } from '../message-headers.js';
import type { WrittenRecords } from '../records/written-records.js';
import { inRequests } from './in-requests.js';

export interface RawOutgoing {
  /** Where it goes; by its key if left out. */
  readonly partition?: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** As they were: without a value, bytes that are no text, several of one name. */
  readonly headers: RawMessage['headers'];
}

const RECORD_OVERHEAD = 100;

const bytesOf = ({ key, value, headers }: RawOutgoing): number =>
  rawHeaders(headers).reduce(
    (sum, header) => sum + header.name.length + (header.value?.length ?? 0) + 10,
    RECORD_OVERHEAD + (key?.length ?? 0) + (value?.length ?? 0),
  );

/** Sends bytes as they are, like a message that is sent again. Connects when it is first needed. */
export class RawProducer {
  private producer: Promise<Producer> | null = null;

  constructor(private readonly kafka: Kafka) {}

  /** Resolves when all in-sync replicas have the messages, in the order given. */
  async send(topic: string, messages: readonly RawOutgoing[]): Promise<void> {
    for (const part of inRequests(messages, bytesOf))
      await this.sendPart(
        topic,
        part.map(({ partition, key, value, headers }) => ({
          key,
          value,
          headers: forKafkajs(headers),
          ...(partition === undefined ? {} : { partition }),
        })),
      );
  }

  /**
   * One request of records that are written already. What the broker refuses is sent again in halves, until the record at fault stands
   * alone; `refused` is told its position, and the others go out all the same. Throws what may pass; some of them may be sent then.
   */
  async sendWritten(
    topic: string,
    records: WrittenRecords,
    refused: (position: number, error: unknown) => void,
    first = 0,
  ): Promise<void> {
    if (records.length === 0) return;
    try {
      await this.sendPart(topic, [records]);
    } catch (error) {
      if (classifyFailure(error) === 'temporary') throw error;
      const middle = records.length >> 1;
      if (middle === 0) {
        refused(first, error);
        return;
      }
      await this.sendWritten(topic, records.slice(0, middle), refused, first);
      await this.sendWritten(topic, records.slice(middle), refused, first + middle);
    }
  }

  async disconnect(): Promise<void> {
    const producer = this.producer;
    this.producer = null;
    await (await producer?.catch(() => null))?.disconnect();
  }

  private async sendPart(topic: string, messages: Message[]): Promise<void> {
    const producer = await this.connected();
    try {
      await producer.send({ topic, acks: -1, messages });
    } catch (error) {
      this.producer = null;
      await producer.disconnect().catch(() => {});
      throw error;
    }
  }

  private connected(): Promise<Producer> {
    this.producer ??= (async () => {
      const producer = this.kafka.producer({ idempotent: true, maxInFlightRequests: 1, allowAutoTopicCreation: false });
      await producer.connect();
      return producer;
    })().catch((error: unknown) => {
      this.producer = null;
      throw error;
    });
    return this.producer;
  }
}

type KafkajsHeaders = Record<string, Buffer | string | (Buffer | string)[] | undefined>;

/** kafkajs's types know no header without a value; what encodes records here does (libs/kafka/client/kafkajs.ts). */
const isForKafkajs = (headers: object): headers is KafkajsHeaders => headers !== null;

function forKafkajs(headers: RawMessage['headers']): KafkajsHeaders {
  return isForKafkajs(headers) ? headers : {};
}
