/**
 * Rows in the binary format of COPY: for each a count of columns, and for each column its length and its bytes, or the
 * length -1 for NULL; numbers are big-endian (https://www.postgresql.org/docs/current/sql-copy.html#id-1.9.3.55.9.4).
 *
 * Rows are written into one buffer as they come, so that nothing of a row is left in the heap for the garbage collector
 * to carry about, and Postgres need not read numbers, times and ids from text.
 */
export class BinaryRows {
  private buffer: Buffer;
  /** Of the same bytes: its setters cost less than those of Buffer. */
  private view: DataView;
  private end = 0;
  private readonly starts: number[] = [];

  /** @param bytes about how much is coming; more is fine */
  constructor(
    private readonly columns: number,
    bytes = 64 * 1024,
  ) {
    this.buffer = takeSpare(bytes) ?? Buffer.allocUnsafe(bytes);
    this.view = viewOf(this.buffer);
  }

  /** Begins a row; exactly its columns must follow, in their order. */
  begin(): void {
    this.reserve(2);
    this.starts.push(this.end);
    this.view.setInt16(this.end, this.columns);
    this.end += 2;
  }

  null(): void {
    this.reserve(4);
    this.view.setInt32(this.end, -1);
    this.end += 4;
  }

  /** A text, or json. It must hold neither NUL characters nor halves of surrogate pairs: Postgres cannot store them. */
  text(value: string | null): void {
    if (value === null) {
      this.null();
      return;
    }
    const { length } = value;
    this.reserve(4 + length * BYTES_PER_UNIT);
    const { buffer } = this;
    const start = this.end + 4;
    let written = 0;
    // Asking the runtime to encode a short text costs more than looking at its characters.
    if (length <= SHORT) {
      while (written < length) {
        const code = value.charCodeAt(written);
        if (code > 0x7f) break;
        buffer[start + written++] = code;
      }
    }
    if (written < length) written = buffer.write(value, start);
    this.view.setInt32(this.end, written);
    this.end = start + written;
  }

  /** A text by its bytes, which must be UTF-8. */
  utf8(source: Uint8Array, from: number, to: number): void {
    const start = this.beginText();
    this.append(source, from, to);
    this.endText(start);
  }

  /** Begins a text that is put together by `append` and `appendByte`. @returns what `endText` wants to know */
  beginText(): number {
    this.reserve(4);
    this.end += 4;
    return this.end;
  }

  append(source: Uint8Array, from: number, to: number): void {
    const length = to - from;
    this.reserve(length);
    const { buffer, end } = this;
    if (length <= SHORT) for (let i = 0; i < length; i++) buffer[end + i] = source[from + i] ?? 0;
    else buffer.set(source.subarray(from, to), end);
    this.end = end + length;
  }

  appendByte(byte: number): void {
    this.reserve(1);
    this.buffer[this.end++] = byte;
  }

  endText(start: number): void {
    this.view.setInt32(start - 4, this.end - start);
  }

  json(value: unknown): void {
    this.text(value === null || value === undefined ? null : JSON.stringify(value));
  }

  /** @param value in its usual form of 36 characters */
  uuid(value: string | null): void {
    if (value === null) {
      this.null();
      return;
    }
    this.reserve(20);
    const { buffer } = this;
    this.view.setInt32(this.end, 16);
    let at = this.end + 4;
    for (let i = 0; i < 36; i += 2) {
      if (value.charCodeAt(i) === DASH) i++;
      buffer[at++] = (digit(value.charCodeAt(i)) << 4) | digit(value.charCodeAt(i + 1));
    }
    this.end = at;
  }

  /** @param digits its usual form in ASCII, from there on */
  uuidFrom(digits: Uint8Array, from: number): void {
    this.reserve(20);
    const { buffer } = this;
    this.view.setInt32(this.end, 16);
    let at = this.end + 4;
    for (let i = from; i < from + 36; i += 2) {
      if (digits[i] === DASH) i++;
      buffer[at++] = (digit(digits[i] ?? 0) << 4) | digit(digits[i + 1] ?? 0);
    }
    this.end = at;
  }

  /** @param bytes all sixteen */
  uuidBytes(bytes: Uint8Array): void {
    this.reserve(20);
    this.view.setInt32(this.end, 16);
    for (let i = 0; i < 16; i++) this.buffer[this.end + 4 + i] = bytes[i] ?? 0;
    this.end += 20;
  }

  /** @param value a whole number that a double holds */
  bigint(value: number): void {
    this.reserve(12);
    this.view.setInt32(this.end, 8);
    this.writeInt64(value, this.end + 4);
    this.end += 12;
  }

  integer(value: number | null): void {
    if (value === null) {
      this.null();
      return;
    }
    this.reserve(8);
    this.view.setInt32(this.end, 4);
    this.view.setInt32(this.end + 4, value);
    this.end += 8;
  }

  double(value: number | null): void {
    if (value === null) {
      this.null();
      return;
    }
    this.reserve(12);
    this.view.setInt32(this.end, 8);
    this.view.setFloat64(this.end + 4, value);
    this.end += 12;
  }

  /** @param micros microseconds since 1970, a whole number */
  timestamptz(micros: number): void {
    this.bigint(micros - POSTGRES_EPOCH);
  }

  /** Puts another value where `bigint` was written in each row. @param at bytes from the beginning of a row */
  replaceBigint(at: number, value: number): void {
    for (const start of this.starts) this.writeInt64(value, start + at);
  }

  get count(): number {
    return this.starts.length;
  }

  /** The id in the first column of a row. */
  firstUuid(row: number): string {
    const from = this.firstUuidAt(row);
    const hex = this.buffer.toString('hex', from, from + 16);
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  }

  /** Whether no two rows have the same id in their first column. */
  haveDistinctUuids(): boolean {
    const { view, starts } = this;
    let slots = 64;
    while (slots < starts.length * 2) slots *= 2;
    // Row numbers from 1, by the end of the id, which is random in every version of UUIDs.
    const table = new Int32Array(slots);
    for (let row = 0; row < starts.length; row++) {
      const from = this.firstUuidAt(row);
      let slot = view.getInt32(from + 12) & (slots - 1);
      for (let other = table[slot] ?? 0; other !== 0; other = table[slot] ?? 0) {
        if (this.sameUuid(from, this.firstUuidAt(other - 1))) return false;
        slot = (slot + 1) & (slots - 1);
      }
      table[slot] = row + 1;
    }
    return true;
  }

  /** Rows of just the ids in the first column, in their order: an index takes neighbours at less than half the price. */
  sortedUuids(): BinaryRows {
    const { view, starts } = this;
    const ids = new BinaryRows(1, starts.length * UUID_ROW);
    // The first 32 bits and the number of the row, as one number.
    const order = new Float64Array(starts.length);
    for (let row = 0; row < starts.length; row++) order[row] = view.getUint32(this.firstUuidAt(row)) * MOST_ROWS + row;
    order.sort();
    for (const key of order) {
      const from = this.firstUuidAt(key % MOST_ROWS) - 4;
      ids.begin();
      ids.reserve(20);
      for (let at = 0; at < 20; at += 4) ids.view.setInt32(ids.end + at, view.getInt32(from + at));
      ids.end += 20;
    }
    return ids;
  }

  private firstUuidAt(row: number): number {
    return (this.starts[row] ?? 0) + 6;
  }

  private sameUuid(a: number, b: number): boolean {
    const { view } = this;
    for (let at = 0; at < 16; at += 4) if (view.getInt32(a + at) !== view.getInt32(b + at)) return false;
    return true;
  }

  /** The bytes of rows `from` to `to` (not included). */
  bytes(from: number, to: number): Buffer {
    return this.buffer.subarray(this.starts[from] ?? this.end, this.starts[to] ?? this.end);
  }

  /** Once nobody reads these rows any more, the next ones may have their memory. */
  release(): void {
    if (spare.length < MOST_SPARE && this.buffer.length <= LARGEST_SPARE) spare.push(this.buffer);
    this.buffer = NO_BYTES;
    this.view = viewOf(NO_BYTES);
    this.end = 0;
    this.starts.length = 0;
  }

  private writeInt64(value: number, at: number): void {
    const high = Math.floor(value / TWO_TO_32);
    this.view.setInt32(at, high);
    this.view.setUint32(at + 4, value - high * TWO_TO_32);
  }

  private reserve(bytes: number): void {
    if (this.end + bytes <= this.buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.buffer.length * 2, this.end + bytes));
    this.buffer.copy(larger, 0, 0, this.end);
    this.buffer = larger;
    this.view = viewOf(larger);
  }
}

/**
 * Memory of rows that are stored. Outside V8's heap, yet each new piece brings the next collection of the whole heap
 * nearer.
 */
const spare: Buffer[] = [];
const MOST_SPARE = 8;
const LARGEST_SPARE = 8 * 1024 * 1024;
const NO_BYTES = Buffer.alloc(0);
/** A count of columns, a length and sixteen bytes. */
const UUID_ROW = 22;
const MOST_ROWS = 2 ** 21;
/** UTF-8 takes at most three bytes for what JavaScript counts as one. */
const BYTES_PER_UNIT = 3;
const SHORT = 48;
const DASH = 0x2d;
/** 2000-01-01, from which Postgres counts, in microseconds since 1970. */
const POSTGRES_EPOCH = 946_684_800_000_000;
const TWO_TO_32 = 4_294_967_296;

/** The value of a hexadecimal digit, by its character code. */
const digit = (code: number): number => (code & 0xf) + (code > 0x39 ? 9 : 0);

function takeSpare(bytes: number): Buffer | undefined {
  const at = spare.findIndex(({ length }) => length >= bytes);
  return at < 0 ? undefined : spare.splice(at, 1)[0];
}

const viewOf = ({ buffer, byteOffset, byteLength }: Buffer): DataView => new DataView(buffer, byteOffset, byteLength);
