import { ModelFormatError } from '../evaluator.js';

/** Deeper than any library nests, and far from the end of the stack. */
export const MOST_NESTING = 64;

/** An object of a model file: its fields in order. A Map, as names in a file may be anything. */
export type Fields = ReadonlyMap<string, unknown>;

/**
 * Reads JSON as XGBoost writes it: with NaN and Infinity bare. Unlike `JSON.parse` it refuses a field that is there twice,
 * of which one reader takes the first and another the last. Objects become Maps. Throws ModelFormatError with the byte
 * where it goes wrong.
 *
 * @param what the file should be, for the message
 */
export function decodeJson(bytes: Uint8Array, what = 'XGBoost JSON model'): unknown {
  return new Decoder(bytes, what).document();
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

const CONSTANTS: readonly (readonly [string, unknown])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
  ['NaN', Number.NaN],
  ['-NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
];

const isNumeric = (byte: number | undefined): boolean =>
  byte !== undefined &&
  ((byte >= 0x30 && byte <= 0x39) || byte === 0x2d || byte === 0x2b || byte === 0x2e || byte === 0x65 || byte === 0x45);

/** The largest power of ten that is exact. */
const MOST_POWER = 22;
const POWERS_OF_TEN = Array.from({ length: MOST_POWER + 1 }, (_, power) => Number(`1e${power}`));

class Decoder {
  private at = 0;
  private depth = 0;
  private readonly buffer: Buffer;

  constructor(
    bytes: Uint8Array,
    private readonly what: string,
  ) {
    this.buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (this.buffer.subarray(0, 3).equals(BYTE_ORDER_MARK)) this.at = 3;
  }

  document(): unknown {
    const value = this.value();
    this.skipSpace();
    if (this.at < this.buffer.length) throw this.broken('goes on after its end');
    return value;
  }

  private value(): unknown {
    this.skipSpace();
    switch (this.buffer[this.at]) {
      case OPEN_OBJECT:
        return this.nested(() => this.object());
      case OPEN_LIST:
        return this.nested(() => this.list());
      case QUOTE:
        return this.text();
      default:
        return this.numberOrConstant();
    }
  }

  private nested<T>(read: () => T): T {
    if (++this.depth > MOST_NESTING) throw this.broken(`is nested more than ${MOST_NESTING} deep`);
    this.at++;
    const value = read();
    this.depth--;
    return value;
  }

  private object(): Fields {
    const fields = new Map<string, unknown>();
    if (this.next() === CLOSE_OBJECT) {
      this.at++;
      return fields;
    }
    for (;;) {
      if (this.next() !== QUOTE) throw this.broken('has no field name where one is due');
      const name = this.text();
      if (fields.has(name)) throw this.broken(`has the field "${name}" twice`);
      if (this.next() !== COLON) throw this.broken(`has no value for "${name}"`);
      this.at++;
      fields.set(name, this.value());
      const byte = this.next();
      this.at++;
      if (byte === CLOSE_OBJECT) return fields;
      if (byte !== COMMA) throw this.broken('has neither a comma nor the end of an object where one is due');
    }
  }

  private list(): unknown[] {
    const items: unknown[] = [];
    if (this.next() === CLOSE_LIST) {
      this.at++;
      return items;
    }
    for (;;) {
      items.push(this.value());
      const byte = this.next();
      this.at++;
      if (byte === CLOSE_LIST) return items;
      if (byte !== COMMA) throw this.broken('has neither a comma nor the end of a list where one is due');
    }
  }

  private text(): string {
    const start = ++this.at;
    let plain = true;
    for (let byte = this.buffer[this.at]; byte !== QUOTE; byte = this.buffer[++this.at]) {
      if (byte === undefined) throw this.broken('ends in the middle of a text');
      if (byte === BACKSLASH) {
        this.at++;
        plain = false;
      } else if (byte < 0x20 || byte >= 0x80) plain = false;
    }
    const end = this.at++;
    if (plain) return this.buffer.toString('latin1', start, end);
    try {
      return String(JSON.parse(`"${this.buffer.toString('utf8', start, end)}"`));
    } catch {
      throw this.broken('has a text with a wrong escape');
    }
  }

  private numberOrConstant(): unknown {
    const start = this.at;
    const short = this.shortNumber();
    if (short !== null) return short;
    let end = start;
    while (isNumeric(this.buffer[end])) end++;
    if (end > start) {
      const number = Number(this.buffer.toString('latin1', start, end));
      if (!Number.isNaN(number)) {
        this.at = end;
        return number;
      }
    }
    for (const [word, value] of CONSTANTS)
      if (this.buffer.toString('latin1', start, start + word.length) === word) {
        this.at = start + word.length;
        return value;
      }
    throw this.broken(start >= this.buffer.length ? 'ends too early' : 'has something that is no value');
  }

  /**
   * A number of at most 15 digits times a small power of ten, which is nearly every one: both are exact, and so one
   * multiplication or division of them is correctly rounded (Clinger, "How to read floating point numbers accurately",
   * 1990). Null for any other; half the time that reading a model takes otherwise.
   */
  private shortNumber(): number | null {
    const { buffer } = this;
    let at = this.at;
    const negative = buffer[at] === 0x2d;
    if (negative) at++;
    let digits = 0;
    let count = 0;
    let decimals = 0;
    let point = false;
    let byte = buffer[at];
    for (; byte !== undefined; byte = buffer[++at]) {
      if (byte >= 0x30 && byte <= 0x39) {
        digits = digits * 10 + byte - 0x30;
        count++;
        if (point) decimals++;
      } else if (byte === 0x2e && !point) point = true;
      else break;
    }
    let power = -decimals;
    if (byte === 0x45 || byte === 0x65) {
      byte = buffer[++at];
      const sign = byte === 0x2d ? -1 : 1;
      if (byte === 0x2d || byte === 0x2b) byte = buffer[++at];
      const start = at;
      let exponent = 0;
      for (; byte !== undefined && byte >= 0x30 && byte <= 0x39; byte = buffer[++at])
        exponent = exponent * 10 + byte - 0x30;
      if (at === start) return null;
      power += sign * exponent;
    }
    if (count === 0 || count > 15 || power < -MOST_POWER || power > MOST_POWER || isNumeric(byte)) return null;
    this.at = at;
    const scale = POWERS_OF_TEN[Math.abs(power)] ?? Number.NaN;
    const value = power < 0 ? digits / scale : digits * scale;
    return negative ? -value : value;
  }

  /** The next byte that is no space. */
  private next(): number | undefined {
    this.skipSpace();
    return this.buffer[this.at];
  }

  private skipSpace(): void {
    for (let byte = this.buffer[this.at]; byte === 0x20 || (byte !== undefined && byte >= 9 && byte <= 13); )
      byte = this.buffer[++this.at];
  }

  private broken(what: string): ModelFormatError {
    return new ModelFormatError(
      `not ${/^[AEIOUX]/.test(this.what) ? 'an' : 'a'} ${this.what}: it ${what} at byte ${Math.min(this.at, this.buffer.length)}`,
    );
  }
}

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);
