import { codecOf } from './codecs.js';
import { encodeBatch, type OutgoingMessage } from './encode-batch.js';
import { WrittenRecords } from './written-records.js';

/** The part of kafkajs's encoder that a request needs. */
interface Encoder {
  writeString(value: string | null): Encoder;
  writeInt16(value: number): Encoder;
  writeInt32(value: number): Encoder;
  writeBytes(value: Buffer): Encoder;
}

export type EncoderClass = new () => Encoder;

/** What kafkajs's producer hands over; 64-bit numbers are of its own class, numbers or texts. */
export interface ProduceOrder {
  readonly acks: number;
  readonly timeout: number;
  readonly transactionalId?: string | null;
  readonly producerId?: { toString(): string };
  readonly producerEpoch?: number;
  readonly compression?: number;
  readonly topicData: readonly {
    readonly topic: string;
    readonly partitions: readonly {
      readonly partition: number;
      readonly firstSequence?: number;
      readonly messages: readonly OutgoingMessage[] | WrittenRecords;
    }[];
  }[];
}

/** Kafka's number of the request. */
const PRODUCE = 0;

/** kafkajs's produce request of version 3, which all later ones that it knows are made from. Its batches are written by our own code. */
export const produceRequest =
  (EncoderOf: EncoderClass) =>
  ({
    acks,
    timeout,
    transactionalId = null,
    producerId = -1,
    producerEpoch = 0,
    compression = 0,
    ...order
  }: ProduceOrder) => ({
    apiKey: PRODUCE,
    apiVersion: 3,
    apiName: 'Produce',
    expectResponse: () => acks !== 0,
    encode: async (): Promise<Encoder> => {
      const request = new EncoderOf()
        .writeString(transactionalId)
        .writeInt16(acks)
        .writeInt32(timeout)
        .writeInt32(order.topicData.length);
      for (const { topic, partitions } of order.topicData) {
        request.writeString(topic).writeInt32(partitions.length);
        for (const { partition, firstSequence = 0, messages } of partitions) {
          const head = {
            codec: compression,
            transactional: transactionalId !== null,
            producerId: BigInt(producerId.toString()),
            producerEpoch,
            firstSequence,
          };
          const batch = await encodeBatch(messages, head, codecOf(compression)?.compress ?? null);
          request.writeInt32(partition).writeBytes(batch);
        }
      }
      return request;
    },
  });

/** What kafkajs sorts messages by. */
export interface PartitionOrder<M> {
  readonly topic: string;
  readonly partitionMetadata: readonly unknown[];
  readonly messages: readonly M[];
  readonly partitioner: (message: {
    readonly topic: string;
    readonly partitionMetadata: readonly unknown[];
    readonly message: M;
  }) => number;
}

/** The messages of each partition in their order. kafkajs's own copies the list of a partition for each message in it. */
export function byPartition<M>({
  topic,
  partitionMetadata,
  messages,
  partitioner,
}: PartitionOrder<M>): Record<number, M[] | WrittenRecords> {
  if (partitionMetadata.length === 0) return {};
  const [first] = messages;
  if (first instanceof WrittenRecords) return first.byPartition(partitionMetadata.length);
  const partitions: Record<number, M[]> = {};
  for (const message of messages) {
    const partition = partitioner({ topic, partitionMetadata, message });
    const together = partitions[partition];
    if (together === undefined) partitions[partition] = [message];
    else together.push(message);
  }
  return partitions;
}
