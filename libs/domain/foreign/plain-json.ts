import { Names } from './names.js';

/** What a value is. */
export const NONE = 0;
export const NULL = 1;
export const FALSE = 2;
export const TRUE = 3;
export const NUMBER = 4;
export const TEXT = 5;
export const OBJECT = 6;

const strict = new TextDecoder('utf-8', { fatal: true });

function isUtf8(bytes: Uint8Array): boolean {
  try {
    strict.decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** Larger messages are read the exact way. */
const LARGEST = 64 * 1024;
const MOST_MEMBERS = 256;

/** The members of one object, in their order. */
export class Members {
  count = 0;
  /** Their names, as numbers of {@link Names}. */
  readonly name = new Int32Array(MOST_MEMBERS);
  /** Where the name begins, behind its quote. */
  readonly nameAt = new Int32Array(MOST_MEMBERS);
  readonly type = new Uint8Array(MOST_MEMBERS);
  /**
   * Where the value stands in the bytes: a text without its quotes, a number as JSON.stringify writes it. An object's members are those
   * of the inner ones from `from` to `to` (not included).
   */
  readonly from = new Int32Array(MOST_MEMBERS);
  readonly to = new Int32Array(MOST_MEMBERS);
  /** The value of a number. */
  readonly number = new Float64Array(MOST_MEMBERS);
}

/**
 * Messages that hold nothing unusual, by the places of their values, without a text or an object of any of them: an object of nulls, booleans, numbers,
 * texts without escapes, and objects of such. Of everything else, and wherever it is not certain that `JSON.parse` would find the same, it says
 * so, and the exact way is taken.
 */
export class PlainJson {
  /** Those of the message itself. */
  readonly outer = new Members();
  /** Those of all objects in it. */
  readonly inner = new Members();
  readonly names: Names;
  private bytes: Buffer = Buffer.alloc(0);
  private at = 0;
  private beyondAscii = false;
  /** The object that had a name last, by the name's number. */
  private readonly seenIn = new Float64Array(8192);
  private objects = 0;

  /** @param names with the numbers 0, 1, … */
  constructor(names: readonly string[]) {
    this.names = new Names(names);
  }

  /** Whether a message is plain; if so, its members are those of `outer` and `inner` until the next is read. */
  read(bytes: Buffer): boolean {
    if (bytes.length > LARGEST) return false;
    this.bytes = bytes;
    this.at = 0;
    this.beyondAscii = false;
    this.outer.count = 0;
    this.inner.count = 0;
    this.skipBlanks();
    if (bytes[this.at++] !== OPEN || !this.object(this.outer, true)) return false;
    this.skipBlanks();
    return this.at === bytes.length && (!this.beyondAscii || isUtf8(bytes));
  }

  private skipBlanks(): void {
    const { bytes } = this;
    let byte = bytes[this.at];
    while (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) byte = bytes[++this.at];
  }

  /** The members of an object whose brace is behind. */
  private object(members: Members, isOuter: boolean): boolean {
    const { bytes } = this;
    const mark = ++this.objects;
    this.skipBlanks();
    if (bytes[this.at] === CLOSE) {
      this.at++;
      return true;
    }
    for (;;) {
      const i = members.count;
      if (i === MOST_MEMBERS || bytes[this.at++] !== QUOTE) return false;
      // Where the last message had one of the same length in front of the same place, it has the same name, as a rule.
      const name = this.nameHere(members.name[i] ?? 0);
      if (name < 0 || this.seenIn[name] === mark) return false;
      this.seenIn[name] = mark;
      members.name[i] = name;
      members.nameAt[i] = this.at;
      this.at += this.names.lengthOf(name) + 1;
      this.skipBlanks();
      if (bytes[this.at++] !== COLON) return false;
      this.skipBlanks();
      members.count++;
      if (!this.value(members, i, isOuter)) return false;
      this.skipBlanks();
      const next = bytes[this.at++];
      if (next === CLOSE) return true;
      if (next !== COMMA) return false;
      this.skipBlanks();
    }
  }

  private nameHere(guess: number): number {
    const from = this.at;
    if (this.names.standsAt(guess, this.bytes, from)) return guess;
    const to = this.textEnd(from);
    return to < 0 ? -1 : this.names.numberOf(this.bytes, from, to);
  }

  /** Where the text that begins here ends, at its quote; -1 for one that has escapes or control characters, or no end. */
  private textEnd(from: number): number {
    const { bytes } = this;
    for (let at = from; at < bytes.length; at++) {
      const byte = bytes[at] ?? 0;
      if (byte === QUOTE) return at;
      if (byte < 0x20 || byte === BACKSLASH) return -1;
      if (byte > 0x7f) this.beyondAscii = true;
    }
    return -1;
  }

  private value(members: Members, i: number, mayNest: boolean): boolean {
    const { bytes } = this;
    const from = this.at;
    const byte = bytes[from] ?? 0;
    if (byte === QUOTE) {
      const to = this.textEnd(from + 1);
      if (to < 0) return false;
      members.type[i] = TEXT;
      members.from[i] = from + 1;
      members.to[i] = to;
      this.at = to + 1;
      return true;
    }
    if (byte === OPEN) {
      if (!mayNest) return false;
      members.type[i] = OBJECT;
      members.from[i] = this.inner.count;
      this.at++;
      const isPlain = this.object(this.inner, false);
      members.to[i] = this.inner.count;
      return isPlain;
    }
    members.from[i] = from;
    if (byte === MINUS || (byte >= ZERO && byte <= NINE)) {
      members.type[i] = NUMBER;
      return this.number(members, i);
    }
    if (this.literal(from, NULL_TEXT)) members.type[i] = NULL;
    else if (this.literal(from, TRUE_TEXT)) members.type[i] = TRUE;
    else if (this.literal(from, FALSE_TEXT)) members.type[i] = FALSE;
    else return false;
    members.to[i] = this.at;
    return true;
  }

  private literal(from: number, text: Uint8Array): boolean {
    for (let i = 0; i < text.length; i++) if (this.bytes[from + i] !== text[i]) return false;
    this.at = from + text.length;
    return true;
  }

  /** A number without an exponent. Its end is where JSON.stringify would end it: 12.50 ends before the last zero, 12.0 before the point. */
  private number(members: Members, i: number): boolean {
    const { bytes } = this;
    const start = this.at;
    const isNegative = bytes[start] === MINUS;
    const first = isNegative ? start + 1 : start;
    let at = first;
    let digits = 0;
    let value = 0;
    let byte = bytes[at] ?? 0;
    while (byte >= ZERO && byte <= NINE) {
      value = value * 10 + (byte - ZERO);
      digits++;
      byte = bytes[++at] ?? 0;
    }
    if (digits === 0 || (digits > 1 && bytes[first] === ZERO)) return false;
    let to = at;
    let decimals = 0;
    if (byte === POINT) {
      const point = at;
      byte = bytes[++at] ?? 0;
      let rest = value;
      while (byte >= ZERO && byte <= NINE) {
        rest = rest * 10 + (byte - ZERO);
        if (byte !== ZERO) {
          to = at + 1;
          decimals = at - point;
          value = rest;
        }
        byte = bytes[++at] ?? 0;
      }
      if (at === point + 1) return false;
    }
    if (byte === SMALL_E || byte === LARGE_E) return false;
    this.at = at;
    members.to[i] = to;
    if (digits + decimals <= EXACT_DIGITS) {
      // Both are exact, so their quotient is the double next to the number (and 15 digits are the shortest that mean it).
      if (value === 0 ? isNegative : decimals > 6 && value < SMALLEST * (POWERS[decimals] ?? 0)) return false;
      value /= POWERS[decimals] ?? 1;
      members.number[i] = isNegative ? -value : value;
      return true;
    }
    const text = bytes.toString('latin1', start, to);
    const exact = Number(text);
    members.number[i] = exact;
    return String(exact) === text;
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN = 0x7b;
const CLOSE = 0x7d;
const COLON = 0x3a;
const COMMA = 0x2c;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const SMALL_E = 0x65;
const LARGE_E = 0x45;
const NULL_TEXT = Buffer.from('null');
const TRUE_TEXT = Buffer.from('true');
const FALSE_TEXT = Buffer.from('false');
/** So many digits of a decimal number are the same after a double has held them. */
const EXACT_DIGITS = 15;
const POWERS = Array.from({ length: EXACT_DIGITS + 1 }, (_, i) => 10 ** i);
/** Below this, JSON.stringify writes an exponent. */
const SMALLEST = 1e-6;
