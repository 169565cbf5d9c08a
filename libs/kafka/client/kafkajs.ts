import { createRequire } from 'node:module';
import type * as Kafkajs from 'kafkajs';
import { murmur2 } from '../produce/murmur2.js';
import { CODEC_IDS, CODECS } from '../records/codecs.js';
import { decodeBatches, isRecordBatches, Unpacked } from '../records/decode-batches.js';
import { byPartition, type EncoderClass, produceRequest } from '../records/produce-request.js';
import { quietRequestQueue, type RequestQueueClass } from './request-queue.js';

/** kafkajs's reader of a response, as far as the records of a partition need it. */
interface ResponseReader {
  offset: number;
  readInt32(): number;
  canReadBytes(length: number): boolean;
  readBytes(length: number): Buffer;
}
type DecodeMessages = (reader: ResponseReader) => Promise<unknown[]>;

const require = createRequire(import.meta.url);

/** The module as kafkajs will find it, whoever asks for it from now on. */
function replaceModule<T>(path: string, replacement: (original: T) => T): void {
  const original: T = require(path);
  const cached = require.cache[require.resolve(path)];
  if (cached === undefined)
    throw new Error(`kafkajs has no ${path} any more; see docs/decisions/0030-kafka-batches.md`);
  cached.exports = replacement(original);
}

/**
 * kafkajs with some of its modules replaced before anything of it is loaded, because from outside none can be helped
 * (docs/decisions/0030-kafka-batches.md and 0120-logging-predictions.md): one batch that it cannot read blocks a partition for good, it cannot
 * send a header without a value, it takes many times longer for writing a batch than compressing it does, and for choosing the partition of a key than for writing its message, and each of its connections
 * wakes the process a thousand times a second (0066-idle.md).
 */
const unpackedOf = new WeakMap<ResponseReader, Unpacked>();
replaceModule<DecodeMessages>(
  'kafkajs/src/protocol/requests/fetch/v4/decodeMessages',
  (decodeOldMessages) => async (reader) => {
    const start = reader.offset;
    const length = reader.readInt32();
    if (length <= 0 || !reader.canReadBytes(length)) return [];
    const bytes = reader.readBytes(length);
    // One reader goes through all partitions of a response.
    const unpacked = unpackedOf.get(reader) ?? new Unpacked();
    unpackedOf.set(reader, unpacked);
    if (isRecordBatches(bytes)) return decodeBatches(bytes, unpacked);
    reader.offset = start;
    return decodeOldMessages(reader);
  },
);
const BatchEncoder: EncoderClass = require('kafkajs/src/protocol/encoder');
replaceModule<unknown>('kafkajs/src/protocol/requests/produce/v3/request', () => produceRequest(BatchEncoder));
replaceModule<unknown>('kafkajs/src/producer/groupMessagesPerPartition', () => byPartition);
replaceModule<typeof murmur2>('kafkajs/src/producer/partitioners/default/murmur2', () => murmur2);
replaceModule<RequestQueueClass>('kafkajs/src/network/requestQueue', quietRequestQueue);

/** As much of kafkajs's cluster as a request of our own needs. */
interface Cluster {
  addTargetTopic(topic: string): Promise<void>;
  refreshMetadata(): Promise<void>;
  /** The partitions that each broker leads, by its id. */
  findLeaderForPartitions(topic: string, partitions: readonly number[]): Record<string, number[]>;
  findBroker(broker: { nodeId: string }): Promise<Broker>;
  readonly brokerPool: {
    /** Learns which brokers there are, where that is not known or long ago. */
    refreshMetadataIfNecessary(topics: readonly string[]): Promise<void>;
    /** Null when no broker answers. */
    withBroker<T>(ask: (found: { broker: Broker }) => Promise<T>): Promise<T | null>;
  };
}
interface Broker {
  /** What it speaks, by the number of the request. */
  readonly versions: Readonly<Record<number, { readonly maxVersion: number } | undefined>> | null;
  readonly connectionPool: {
    send<T>(protocol: {
      request: { apiKey: number; apiVersion: number; apiName: string; encode: () => Promise<unknown> };
      response: { decode: (bytes: Buffer) => Promise<T>; parse: (decoded: T) => Promise<T> };
    }): Promise<T>;
  };
}

const CLUSTER = Symbol('the cluster behind an admin client');
type CreateAdmin = (options: { readonly cluster: Cluster }) => object;

/** kafkajs cannot ask everything; what asks by itself (topic-identity.ts) needs the connection. */
replaceModule<CreateAdmin>('kafkajs/src/admin', (createAdmin) => (options) => ({
  ...createAdmin(options),
  [CLUSTER]: options.cluster,
}));

const hasCluster = (admin: object): admin is { [CLUSTER]: Cluster } => CLUSTER in admin;

/** The cluster behind an admin client that is connected. */
export function clusterOf(admin: object): Cluster {
  if (!hasCluster(admin)) throw new Error('this admin client was not made by libs/kafka');
  return admin[CLUSTER];
}

/** Writes a request of our own. */
export interface RequestEncoder {
  writeString(value: string): RequestEncoder;
  writeArray(values: readonly RequestEncoder[]): RequestEncoder;
  writeInt32(value: number): RequestEncoder;
  writeBoolean(value: boolean): RequestEncoder;
  writeUVarInt(value: number): RequestEncoder;
  writeUVarIntString(value: string): RequestEncoder;
  writeUVarIntArray(values: readonly RequestEncoder[]): RequestEncoder;
}
export const Encoder: new () => RequestEncoder = require('kafkajs/src/protocol/encoder');
/** Reads the answer to one. */
export interface AnswerReader {
  readInt16(): number;
  readInt32(): number;
  readInt64(): { toString(): string };
  readString(): string | null;
  readArray<T>(read: (reader: AnswerReader) => T): T[];
  readBoolean(): boolean;
  readBytes(length: number): Buffer;
  readUVarIntString(): string | null;
  readUVarIntArray<T>(read: (reader: AnswerReader) => T): T[] | null;
  readTaggedFields(): unknown;
}
export const Decoder: new (bytes: Buffer) => AnswerReader = require('kafkajs/src/protocol/decoder');

/** What a broker's error code means, and whether it passes. */
export const protocolError: (code: number) => Error = require('kafkajs/src/protocol/error').createErrorFromCode;

const kafkajs: typeof Kafkajs = require('kafkajs');

// What producers send; kafkajs itself knows gzip only.
for (const [name, codec] of Object.entries(CODECS)) {
  const id = new Map<string, number>(Object.entries(CODEC_IDS)).get(name) ?? 0;
  Object.assign(kafkajs.CompressionCodecs, {
    [id]: () => ({
      compress: ({ buffer }: { buffer: Buffer }) => codec.compress(buffer),
      decompress: codec.decompress,
    }),
  });
}

export const { Kafka, CompressionTypes, ConfigResourceTypes, logLevel } = kafkajs;
