import { crc32c } from './crc32c.js';
import { type OutgoingHeaders, RecordBytes, type RecordText } from './record-bytes.js';
import { WrittenRecords } from './written-records.js';

/** A message as kafkajs's callers give it. */
export interface OutgoingMessage {
  readonly key?: RecordText;
  readonly value?: RecordText;
  readonly headers?: OutgoingHeaders;
  /** Milliseconds since 1970; now if left out. */
  readonly timestamp?: string;
}

/** What a record batch says of itself beside its records. */
export interface BatchHead {
  /** Kafka's number of the codec. */
  readonly codec: number;
  readonly transactional: boolean;
  readonly producerId: bigint;
  readonly producerEpoch: number;
  readonly firstSequence: number;
}

export type Compress = (records: Buffer) => Promise<Buffer>;

const TRANSACTIONAL = 16;
const HEAD_BYTES = 61;
/** From which byte on the checksum counts, and what stands before the length. */
const CHECKED_FROM = 21;
const LENGTH_ENDS = 12;

/** Larger than most batches; what a rare one needs beyond it is not kept. */
const KEPT_BYTES = 2 * 1024 * 1024;
let kept: RecordBytes | null = null;

/** One batch (magic 2) of the messages in their order, with its sequence and checksum. */
export async function encodeBatch(
  messages: readonly OutgoingMessage[] | WrittenRecords,
  head: BatchHead,
  compress: Compress | null,
): Promise<Buffer> {
  // Taken out while it is in use: compressing takes a while, and another batch may come meanwhile.
  const out = kept ?? new RecordBytes(64 * 1024);
  kept = null;
  out.clear();
  try {
    const times = messages instanceof WrittenRecords ? writeAll(out, messages) : writeEach(out, messages);
    const records = compress === null ? out.written() : await compress(out.written());
    return withHead(records, messages.length, times, head);
  } finally {
    if (out.capacity <= KEPT_BYTES) kept = out;
  }
}

/** Of a batch's records, in milliseconds since 1970. */
interface Times {
  readonly first: number;
  readonly last: number;
}

function writeAll(out: RecordBytes, records: WrittenRecords): Times {
  const now = Date.now();
  records.writeTo(out);
  return { first: now, last: now };
}

function writeEach(out: RecordBytes, messages: readonly OutgoingMessage[]): Times {
  const now = Date.now();
  const timeOf = ({ timestamp }: OutgoingMessage): number => (timestamp === undefined ? now : Number(timestamp));
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const message of messages) {
    const time = timeOf(message);
    if (time < first) first = time;
    if (time > last) last = time;
  }
  messages.forEach((message, i) => {
    writeRecord(out, message, i, timeOf(message) - first);
  });
  return { first, last };
}

const NO_ATTRIBUTES = 0;

function writeRecord(out: RecordBytes, message: OutgoingMessage, offset: number, time: number): void {
  out.measured(() => {
    out.varint(NO_ATTRIBUTES);
    out.varlong(time);
    out.varint(offset);
    out.field(message.key);
    out.field(message.value);
    out.headers(message.headers);
  });
}

function withHead(records: Buffer, count: number, { first, last }: Times, head: BatchHead): Buffer {
  const batch = Buffer.allocUnsafe(HEAD_BYTES + records.length);
  batch.writeBigInt64BE(0n, 0);
  batch.writeInt32BE(batch.length - LENGTH_ENDS, 8);
  batch.writeInt32BE(0, 12);
  batch.writeInt8(2, 16);
  batch.writeInt16BE(head.codec | (head.transactional ? TRANSACTIONAL : 0), 21);
  batch.writeInt32BE(count - 1, 23);
  batch.writeBigInt64BE(BigInt(first), 27);
  batch.writeBigInt64BE(BigInt(last), 35);
  batch.writeBigInt64BE(head.producerId, 43);
  batch.writeInt16BE(head.producerEpoch, 51);
  batch.writeInt32BE(head.firstSequence, 53);
  batch.writeInt32BE(count, 57);
  records.copy(batch, HEAD_BYTES);
  batch.writeUInt32BE(crc32c(batch.subarray(CHECKED_FROM)), 17);
  return batch;
}
