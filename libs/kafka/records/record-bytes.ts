export type RecordText = Buffer | string | null | undefined;
export type OutgoingHeaders = Readonly<Record<string, RecordText | readonly RecordText[]>>;

/** What a length or a number takes at most as a varint of 32 bits. */
const LONGEST_VARINT = 5;
const LONGEST_VARLONG = 10;
/** Names and values of headers are hardly longer. */
const SHORT = 64;

/** Bytes that grow as they are written. */
export class RecordBytes {
  private buffer: Buffer;
  length = 0;

  constructor(capacity: number) {
    this.buffer = Buffer.allocUnsafeSlow(capacity);
  }

  get capacity(): number {
    return this.buffer.length;
  }

  /** What was written since the last `clear`; valid until then. */
  written(): Buffer {
    return this.buffer.subarray(0, this.length);
  }

  clear(): void {
    this.length = 0;
  }

  /** Kafka's varints are zigzag: small numbers of either sign are short. */
  varint(value: number): void {
    this.reserve(LONGEST_VARINT);
    this.length = putVarint(this.buffer, this.length, value);
  }

  /** For differences in milliseconds, which need not fit into 32 bits. */
  varlong(value: number): void {
    this.reserve(LONGEST_VARLONG);
    let rest = value < 0 ? -2 * value - 1 : 2 * value;
    while (rest > 127) {
      this.buffer[this.length++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    this.buffer[this.length++] = rest;
  }

  bytes(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.buffer.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** `length` of the bytes, from `from` on. */
  part(bytes: Uint8Array, from: number, length: number): void {
    this.reserve(length);
    this.buffer.set(new Uint8Array(bytes.buffer, bytes.byteOffset + from, length), this.length);
    this.length += length;
  }

  /** A text or bytes with the length in front; -1 for none. */
  field(value: RecordText): void {
    if (value === null || value === undefined) this.varint(-1);
    else if (typeof value === 'string') {
      if (value.length <= SHORT && this.shortAscii(value)) return;
      const size = Buffer.byteLength(value);
      this.varint(size);
      this.reserve(size);
      this.length += this.buffer.write(value, this.length, size, 'utf8');
    } else {
      this.varint(value.length);
      this.bytes(value);
    }
  }

  /** Like `field`; false, with nothing written, if a character takes more than one byte. Two calls out of JavaScript take longer than the loop. */
  private shortAscii(text: string): boolean {
    this.reserve(text.length + LONGEST_VARINT);
    const { buffer } = this;
    let end = putVarint(buffer, this.length, text.length);
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code > 127) return false;
      buffer[end++] = code;
    }
    this.length = end;
    return true;
  }

  headers(headers: OutgoingHeaders | undefined): void {
    const names = headers === undefined ? [] : Object.keys(headers);
    let count = 0;
    for (const name of names) {
      const value = headers?.[name];
      count += isList(value) ? value.length : 1;
    }
    this.varint(count);
    for (const name of names) {
      const value = headers?.[name];
      for (const each of isList(value) ? value : [value]) {
        this.field(name);
        this.field(each);
      }
    }
  }

  /** Runs `write`, and puts the length of what it wrote in front of it. */
  measured(write: () => void): void {
    this.reserve(LONGEST_VARINT);
    const start = this.length;
    // As if the length were as long as it can be; what it is not is closed up afterwards.
    this.length += LONGEST_VARINT;
    write();
    const from = start + LONGEST_VARINT;
    const size = this.length - from;
    const to = putVarint(this.buffer, start, size);
    this.buffer.copyWithin(to, from, this.length);
    this.length = to + size;
  }

  private reserve(size: number): void {
    const needed = this.length + size;
    if (needed <= this.buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.buffer.length));
    this.buffer.copy(larger, 0, 0, this.length);
    this.buffer = larger;
  }
}

const isList = (value: RecordText | readonly RecordText[]): value is readonly RecordText[] => Array.isArray(value);

/** Writes a number of 32 bits; returns where it ends. */
export function putVarint(bytes: Uint8Array, at: number, value: number): number {
  let rest = ((value << 1) ^ (value >> 31)) >>> 0;
  let end = at;
  while (rest > 127) {
    bytes[end++] = (rest & 127) | 128;
    rest >>>= 7;
  }
  bytes[end++] = rest;
  return end;
}

/** How many bytes a whole number that is not negative takes. */
export function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = 2 * value; rest > 127; rest = Math.floor(rest / 128)) bytes++;
  return bytes;
}
