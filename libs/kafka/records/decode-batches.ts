import { codecOf } from './codecs.js';
import { NotUnpackable } from './unpacked-size.js';

/** What the records of one batch have in common; kafkajs drops aborted transactions by it. */
interface BatchContext {
  /** Of the leader that took the batch: each new leader of a partition has a higher one. */
  readonly leaderEpoch: number;
  readonly producerId: string;
  readonly inTransaction: boolean;
}

/** A record as kafkajs hands it on. */
export interface DecodedRecord {
  readonly magicByte: number;
  readonly attributes: number;
  /** Milliseconds since 1970. */
  readonly timestamp: string;
  readonly offset: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** Values of one name that comes several times are an array. */
  readonly headers: Record<string, Buffer | null | (Buffer | null)[]>;
  readonly isControlRecord: boolean;
  readonly batchContext: BatchContext;
  /** Why its batch could not be read. Then this one record stands for all of the batch, and `value` is the batch as it came. */
  readonly undecodable?: string;
}

/** https://kafka.apache.org/documentation/#recordbatch: where the fields of a batch lie. */
const AT = {
  length: 8,
  leaderEpoch: 12,
  magic: 16,
  attributes: 21,
  lastOffsetDelta: 23,
  firstTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  count: 57,
  records: 61,
} as const;
/** What stands before the part that `length` counts. */
const LENGTH_COUNTS_FROM = 12;
const MAGIC = 2;
const CODEC_BITS = 0x07;
const LOG_APPEND_TIME = 0x08;
const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;
/** A batch of empty records could otherwise become more objects than fit into memory. */
const MOST_RECORDS = 100_000;
/** What all partitions of one fetch may unpack to, but for the first batch of each. */
const MOST_UNPACKED = { bytes: 16 * 2 ** 20, records: 60_000 };
/** No partition takes more than this of it, so that each gets its turn. */
const SHARE = 1 / 4;

/** Whether the bytes of a fetched partition are batches of today's format; null where there are none. */
export const isRecordBatches = (bytes: Buffer): boolean => bytes.length > AT.magic && bytes[AT.magic] === MAGIC;

/** What the partitions of one fetch have unpacked to so far. A fetch is limited in packed bytes, which may be a tenth of that. */
export class Unpacked {
  bytes = 0;
  records = 0;

  /** Whether a partition that has unpacked this much may go on. */
  allows(own: Unpacked): boolean {
    const { bytes, records } = MOST_UNPACKED;
    const isSpent = this.bytes >= bytes || this.records >= records;
    return !isSpent && own.bytes < bytes * SHARE && own.records < records * SHARE;
  }

  add(bytes: number, records: number): void {
    this.bytes += bytes;
    this.records += records;
  }
}

/**
 * The records of a fetched partition, from first to last. The last batch may be cut short by the fetch's limit, and is left for the next one,
 * as is what would unpack to more than fits into memory.
 * A batch that cannot be read becomes one record that says so, at the batch's last offset: the partition goes on behind it.
 */
export async function decodeBatches(bytes: Buffer, fetched: Unpacked = new Unpacked()): Promise<DecodedRecord[]> {
  const records: DecodedRecord[] = [];
  const own = new Unpacked();
  for (let at = 0; at + AT.records <= bytes.length; ) {
    if (records.length > 0 && !fetched.allows(own)) break;
    const end = at + LENGTH_COUNTS_FROM + bytes.readInt32BE(at + AT.length);
    if (end > bytes.length || end <= at) break;
    const batch = bytes.subarray(at, end);
    at = end;
    try {
      const packed = batch.subarray(AT.records);
      const codec = codecOf(batch.readInt16BE(AT.attributes) & CODEC_BITS);
      const unpacked = codec === null ? packed : await codec.decompress(packed);
      const before = records.length;
      readRecords(batch, unpacked, records);
      for (const sum of [own, fetched]) sum.add(unpacked.length, records.length - before);
    } catch (error) {
      if (!(error instanceof NotUnpackable) && !(error instanceof RangeError)) throw error;
      records.push(unreadableRecord(batch, error.message));
    }
  }
  return records;
}

const contextOf = (batch: Buffer): BatchContext => ({
  leaderEpoch: batch.readInt32BE(AT.leaderEpoch),
  producerId: batch.readBigInt64BE(AT.producerId).toString(),
  inTransaction: (batch.readInt16BE(AT.attributes) & TRANSACTIONAL) !== 0,
});

/** The record at `delta` from the batch's first offset; offsets are exact as numbers for the next few thousand years. */
const offsetOf = (batch: Buffer, delta: number): string => String(Number(batch.readBigInt64BE(0)) + delta);

function unreadableRecord(batch: Buffer, reason: string): DecodedRecord {
  return {
    magicByte: MAGIC,
    attributes: 0,
    timestamp: batch.readBigInt64BE(AT.maxTimestamp).toString(),
    offset: offsetOf(batch, batch.readInt32BE(AT.lastOffsetDelta)),
    key: null,
    value: batch,
    headers: {},
    isControlRecord: (batch.readInt16BE(AT.attributes) & CONTROL) !== 0,
    batchContext: contextOf(batch),
    undecodable: reason,
  };
}

/** Appends the records of a batch, all or none. Throws a RangeError or NotUnpackable for bytes that are no records. */
function readRecords(batch: Buffer, bytes: Buffer, into: DecodedRecord[]): void {
  const count = batch.readInt32BE(AT.count);
  if (count < 0 || count > MOST_RECORDS)
    throw new NotUnpackable(`the batch holds ${count} messages; expected at most ${MOST_RECORDS}`);
  const attributes = batch.readInt16BE(AT.attributes);
  const batchContext = contextOf(batch);
  const base = Number(batch.readBigInt64BE(0));
  const firstTimestamp = Number(batch.readBigInt64BE(AT.firstTimestamp));
  const appended = (attributes & LOG_APPEND_TIME) !== 0 ? batch.readBigInt64BE(AT.maxTimestamp).toString() : null;
  const isControlRecord = (attributes & CONTROL) !== 0;
  const reader = new RecordReader(bytes);
  const before = into.length;
  try {
    for (let i = 0; i < count; i++) {
      const end = reader.varint() + reader.at;
      reader.at += 1;
      const timestampDelta = reader.varint();
      const offsetDelta = reader.varint();
      const key = reader.bytes();
      const value = reader.bytes();
      into.push({
        magicByte: MAGIC,
        attributes: 0,
        timestamp: appended ?? String(firstTimestamp + timestampDelta),
        offset: String(base + offsetDelta),
        key,
        value,
        headers: reader.headers(),
        isControlRecord,
        batchContext,
      });
      if (reader.at !== end) throw new NotUnpackable(`message ${i} of the batch does not end where it says`);
    }
  } catch (error) {
    into.length = before;
    throw error;
  }
}

const NO_HEADERS: DecodedRecord['headers'] = Object.freeze({});

/** Reads what records are made of: zigzag numbers of varying length, and bytes behind their length. */
class RecordReader {
  at = 0;

  constructor(private readonly buffer: Buffer) {}

  /** Exact to 53 bits, which timestamps and lengths stay within. */
  varint(): number {
    const { buffer } = this;
    let low = 0;
    let byte = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      byte = buffer[this.at++] ?? this.beyond();
      low |= (byte & 0x7f) << shift;
      if (byte < 0x80) return (low >>> 1) ^ -(low & 1);
    }
    let value = low;
    for (let factor = 2 ** 28; factor <= 2 ** 63; factor *= 128) {
      byte = buffer[this.at++] ?? this.beyond();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    }
    throw new NotUnpackable('a number in the batch has no end');
  }

  bytes(): Buffer | null {
    const length = this.varint();
    if (length < 0) return null;
    const end = this.at + length;
    if (end > this.buffer.length) this.beyond();
    const bytes = this.buffer.subarray(this.at, end);
    this.at = end;
    return bytes;
  }

  headers(): DecodedRecord['headers'] {
    const count = this.varint();
    if (count === 0) return NO_HEADERS;
    // Without a prototype, so that a header may be called "__proto__".
    const headers: DecodedRecord['headers'] = Object.create(null);
    for (let i = 0; i < count; i++) {
      const name = this.bytes()?.toString('utf8') ?? '';
      const value = this.bytes();
      const earlier = headers[name];
      if (earlier === undefined) headers[name] = value;
      else if (Array.isArray(earlier)) earlier.push(value);
      else headers[name] = [earlier, value];
    }
    return headers;
  }

  private beyond(): never {
    throw new NotUnpackable(`the batch ends at byte ${this.buffer.length}, in the midst of a message`);
  }
}
