import type { RecordBytes } from '#kafka/records/record-bytes';
import { partitionOf, WrittenRecords, writeRecord } from '#kafka/records/written-records';

/**
 * What waits for Kafka, in memory that the answering thread and the sending thread share: records one behind the other in a ring
 * of bytes. One thread writes, the other reads; neither waits for the other, and a record stays until the reader lets it go, so
 * that a reader that dies loses nothing.
 */
export interface SharedRing {
  readonly bytes: SharedArrayBuffer;
  readonly control: SharedArrayBuffer;
}

/** Places in `control`. Counts run over from 2³¹ - 1 to -2³¹. */
const HEAD = 0;
const TAIL = 1;
const ADDED = 2;
const SETTLED = 3;
const REFUSED = 4;
const ASLEEP = 5;
const CLOSING = 6;
const PLACES = 7;

/** In front of a record, 32 bits each: its length, where its key starts and how long that is, likewise its value, and flags. */
const HEADER_BYTES = 24;
const WRAPPED = -1;

/** From here on the ring starts over as soon as there is room, so that it does not touch memory it does not need. */
const SOON_BYTES = 1024 * 1024;

export const LARGEST_RING = 1024 ** 3;

/** Memory that is not written to yet costs nothing. */
export function createRing(bytes: number): SharedRing {
  return {
    bytes: new SharedArrayBuffer(aligned(Math.min(bytes, LARGEST_RING))),
    control: new SharedArrayBuffer(4 * PLACES),
  };
}

/** Up to the next 8 bytes, so that there is always room for the mark that the ring starts over. */
const aligned = (bytes: number): number => (bytes + 7) & ~7;

/** Where the parts of a record are, from its start. */
export interface RecordParts {
  readonly keyAt: number;
  readonly keyLength: number;
  readonly valueAt: number;
  readonly valueLength: number;
  readonly traced: boolean;
}

class Ring {
  readonly buffer: Buffer;
  protected readonly words: Int32Array;
  protected readonly control: Int32Array;

  constructor({ bytes, control }: SharedRing) {
    this.buffer = Buffer.from(bytes);
    this.words = new Int32Array(bytes);
    this.control = new Int32Array(control);
  }

  /** Records that wait or are on their way. */
  get waiting(): number {
    return (Atomics.load(this.control, ADDED) - Atomics.load(this.control, SETTLED)) | 0;
  }

  get closing(): boolean {
    return Atomics.load(this.control, CLOSING) === 1;
  }

  protected word(at: number): number {
    return this.words[at >> 2] ?? 0;
  }
}

export class RingWriter extends Ring {
  private head = 0;

  /** Where a record of up to `length` bytes may be written; -1 if there is no room for it. */
  reserve(length: number): number {
    const needed = HEADER_BYTES + aligned(length);
    const tail = Atomics.load(this.control, TAIL);
    if (this.head < tail) return needed < tail - this.head ? this.head + HEADER_BYTES : -1;
    const fits = needed + 8 <= this.buffer.length - this.head;
    const roomAtStart = needed < tail;
    if (roomAtStart && (!fits || (this.head > SOON_BYTES && tail > this.head - tail))) {
      this.words[this.head >> 2] = WRAPPED;
      this.head = 0;
      return HEADER_BYTES;
    }
    return fits ? this.head + HEADER_BYTES : -1;
  }

  /** Hands over what was written at the place reserved last. */
  commit(length: number, parts: RecordParts): void {
    const at = this.head >> 2;
    this.words[at] = length;
    this.words[at + 1] = parts.keyAt;
    this.words[at + 2] = parts.keyLength;
    this.words[at + 3] = parts.valueAt;
    this.words[at + 4] = parts.valueLength;
    this.words[at + 5] = parts.traced ? 1 : 0;
    this.head += HEADER_BYTES + aligned(length);
    Atomics.add(this.control, ADDED, 1);
    Atomics.store(this.control, HEAD, this.head);
  }

  /** Whether the reader sleeps; it is then told of by whoever asks first. */
  isToBeWoken(): boolean {
    return Atomics.load(this.control, ASLEEP) === 1 && Atomics.exchange(this.control, ASLEEP, 0) === 1;
  }

  /** Records that were let go so far, and those of them that Kafka does not take; both run over. */
  settled(): { readonly all: number; readonly refused: number } {
    return { all: Atomics.load(this.control, SETTLED), refused: Atomics.load(this.control, REFUSED) };
  }

  close(): void {
    Atomics.store(this.control, CLOSING, 1);
  }
}

/** Records where they lie in the ring: they are what they are until they are let go. */
export class RingRecords extends WrittenRecords {
  constructor(
    private readonly buffer: Buffer,
    private readonly words: Int32Array,
    /** Where each begins, with what stands in front of it. */
    private readonly places: readonly number[],
  ) {
    super();
  }

  get length(): number {
    return this.places.length;
  }

  /** The value of one of them. */
  valueAt(position: number): string {
    const at = this.places[position] ?? 0;
    const from = at + HEADER_BYTES + this.word(at + 12);
    return this.buffer.toString('utf8', from, from + this.word(at + 16));
  }

  isTraced(position: number): boolean {
    return this.word((this.places[position] ?? 0) + 20) === 1;
  }

  override slice(from: number, to?: number): RingRecords {
    return new RingRecords(this.buffer, this.words, this.places.slice(from, to));
  }

  override byPartition(partitions: number): Record<number, RingRecords> {
    const places: Record<number, number[]> = {};
    for (const at of this.places) {
      const from = at + HEADER_BYTES + this.word(at + 4);
      const partition = partitionOf(this.buffer, from, from + this.word(at + 8), partitions);
      const together = places[partition];
      if (together === undefined) places[partition] = [at];
      else together.push(at);
    }
    return Object.fromEntries(
      Object.entries(places).map(([partition, some]) => [partition, new RingRecords(this.buffer, this.words, some)]),
    );
  }

  override writeTo(out: RecordBytes): void {
    this.places.forEach((at, i) => {
      writeRecord(out, i, this.buffer, at + HEADER_BYTES, this.word(at));
    });
  }

  private word(at: number): number {
    return this.words[at >> 2] ?? 0;
  }
}

/** Records that were read together. */
export interface RingBatch {
  readonly records: RingRecords;
  /** Where the next ones start. */
  readonly end: number;
}

export class RingReader extends Ring {
  /** The oldest records, of at most so many bytes together (at least one, if any waits); they stay where they are. */
  oldest(limit: number): RingBatch {
    const head = Atomics.load(this.control, HEAD);
    const places: number[] = [];
    let at = Atomics.load(this.control, TAIL);
    let bytes = 0;
    while (at !== head) {
      const length = this.word(at);
      if (length === WRAPPED) {
        at = 0;
        continue;
      }
      if (places.length > 0 && bytes + length > limit) break;
      bytes += length;
      places.push(at);
      at += HEADER_BYTES + aligned(length);
    }
    return { records: new RingRecords(this.buffer, this.words, places), end: at };
  }

  /** Bytes of the ring that are in use, what is between the records included. */
  get used(): number {
    const head = Atomics.load(this.control, HEAD);
    const tail = Atomics.load(this.control, TAIL);
    return head >= tail ? head - tail : this.buffer.length - tail + head;
  }

  /** Lets a batch go; `refused` of it did not get to Kafka. */
  settle({ records, end }: RingBatch, refused: number): void {
    Atomics.add(this.control, REFUSED, refused);
    Atomics.add(this.control, SETTLED, records.length);
    Atomics.store(this.control, TAIL, end);
  }

  /** True if there is nothing to read; the writer then tells when there is. */
  fallAsleep(): boolean {
    Atomics.store(this.control, ASLEEP, 1);
    if (Atomics.load(this.control, HEAD) === Atomics.load(this.control, TAIL) && !this.closing) return true;
    Atomics.store(this.control, ASLEEP, 0);
    return false;
  }
}
