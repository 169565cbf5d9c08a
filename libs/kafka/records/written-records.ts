import { murmur2 } from '../produce/murmur2.js';
import { type RecordBytes, varintBytes } from './record-bytes.js';

const NO_ATTRIBUTES = 0;
const NO_DELAY = 0;
/** What attributes and time take. */
const CONSTANT_BYTES = 2;

/**
 * Messages whose key, value and headers lie somewhere as a record holds them. kafkajs takes all of them for one message, because
 * it and we would else make several objects of each, which takes longer than all that is done with its bytes.
 */
export abstract class WrittenRecords {
  /** kafkajs asks whether a message has a value. */
  readonly value = null;

  abstract readonly length: number;

  abstract slice(from: number, to?: number): WrittenRecords;

  /** Writes record after record by {@link writeRecord}. */
  abstract writeTo(out: RecordBytes): void;

  /** Those of each partition that has any, in their order. */
  abstract byPartition(partitions: number): Record<number, WrittenRecords>;
}

/** The partition of a key that lies within bytes, as Kafka's clients choose it. */
export const partitionOf = (bytes: Uint8Array, from: number, end: number, partitions: number): number =>
  (murmur2(bytes, from, end) & 0x7fffffff) % partitions;

/** Writes the record at `offset` of its batch, whose key, value and headers are `length` bytes from `from` on. */
export function writeRecord(out: RecordBytes, offset: number, bytes: Uint8Array, from: number, length: number): void {
  out.varint(CONSTANT_BYTES + varintBytes(offset) + length);
  out.varint(NO_ATTRIBUTES);
  out.varint(NO_DELAY);
  out.varint(offset);
  out.part(bytes, from, length);
}
