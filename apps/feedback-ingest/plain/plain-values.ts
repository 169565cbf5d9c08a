import type { BinaryRows } from '#database/copy/binary-rows';
import { LARGEST_COUNT, LONGEST_TASK_ID, LONGEST_TEXT } from '#domain/feedback/fields';
import { isTimely, type Micros, parseIsoTime, unixSeconds } from '#domain/feedback/timestamp';
import {
  FALSE,
  type Members,
  NONE,
  NULL,
  NUMBER,
  OBJECT,
  type PlainJson,
  TEXT,
  TRUE,
} from '#domain/foreign/plain-json';

/**
 * The values of one plain message, and their way into a row. What is asked whether it fits is what the exact way would take without a change;
 * everything else is for the exact way to judge.
 */
export class PlainValues {
  bytes: Buffer = Buffer.alloc(0);
  /** Where each of the known members is among all; -1 for one that is missing. */
  private readonly places: Int32Array;
  private readonly outer: Members;
  private readonly inner: Members;

  /** @param known how many members are known, by the numbers of their names from 0 */
  constructor(
    private readonly json: PlainJson,
    private readonly known: number,
  ) {
    this.places = new Int32Array(known);
    this.outer = json.outer;
    this.inner = json.inner;
  }

  /** Whether a message is plain. Its values are asked for until the next is read. */
  read(bytes: Buffer): boolean {
    if (!this.json.read(bytes)) return false;
    this.bytes = bytes;
    const { places, outer, known } = this;
    places.fill(-1);
    for (let i = 0; i < outer.count; i++) {
      const name = outer.name[i] ?? 0;
      if (name < known) places[name] = i;
    }
    return true;
  }

  /** The place of a known member among all; -1 for one that is missing. */
  placeOf(name: number): number {
    return this.places[name] ?? -1;
  }

  typeOf(name: number): number {
    const place = this.placeOf(name);
    return place < 0 ? NONE : (this.outer.type[place] ?? NONE);
  }

  isMissing(name: number): boolean {
    return this.typeOf(name) <= NULL;
  }

  numberOf(name: number): number {
    return this.outer.number[this.placeOf(name)] ?? Number.NaN;
  }

  fromOf(name: number): number {
    return this.outer.from[this.placeOf(name)] ?? 0;
  }

  toOf(name: number): number {
    return this.outer.to[this.placeOf(name)] ?? 0;
  }

  textOf(name: number): string {
    return this.bytes.toString('utf8', this.fromOf(name), this.toOf(name));
  }

  /** Nothing, or a text that is not too long. */
  isText(name: number): boolean {
    if (this.isMissing(name)) return true;
    return this.typeOf(name) === TEXT && this.toOf(name) - this.fromOf(name) <= LONGEST_TEXT;
  }

  /** A text with something in it that is not white space, for certain. */
  isFilledText(name: number): boolean {
    const from = this.fromOf(name);
    return this.typeOf(name) === TEXT && this.isText(name) && this.toOf(name) > from && isVisible(this.bytes[from]);
  }

  /** A text with no white space around it, or a whole number that is written like one and not negative. */
  isTaskId(name: number): boolean {
    const [from, to] = [this.fromOf(name), this.toOf(name)];
    const { bytes } = this;
    if (this.typeOf(name) === NUMBER) {
      for (let at = from; at < to; at++) if ((bytes[at] ?? 0) < 0x30) return false;
      return Number.isSafeInteger(this.numberOf(name));
    }
    return (
      this.typeOf(name) === TEXT &&
      to > from &&
      to - from <= LONGEST_TASK_ID &&
      isVisible(bytes[from]) &&
      isVisible(bytes[to - 1])
    );
  }

  isNumber(name: number, least: number, most: number): boolean {
    const value = this.numberOf(name);
    return this.typeOf(name) === NUMBER && value >= least && value <= most;
  }

  isCount(name: number): boolean {
    return this.isMissing(name) || (this.isNumber(name, 0, LARGEST_COUNT) && Number.isInteger(this.numberOf(name)));
  }

  isUuid(name: number): boolean {
    const from = this.fromOf(name);
    if (this.typeOf(name) !== TEXT || this.toOf(name) - from !== 36) return false;
    for (let i = 0; i < 36; i++) {
      const byte = this.bytes[from + i] ?? 0;
      if (i === 8 || i === 13 || i === 18 || i === 23 ? byte !== DASH : !isHexadecimal(byte)) return false;
    }
    return true;
  }

  /** Nothing, or an object. */
  isObject(name: number): boolean {
    return this.isMissing(name) || this.typeOf(name) === OBJECT;
  }

  /** An object with something in it. */
  isFilledObject(name: number): boolean {
    return this.typeOf(name) === OBJECT && this.toOf(name) > this.fromOf(name);
  }

  /** When something happened; null where it is not said, NaN for what the exact way has to look at. */
  timeOf(name: number, now: Micros): Micros | null {
    const type = this.typeOf(name);
    if (type <= NULL) return null;
    const time =
      type === NUMBER ? unixSeconds(this.numberOf(name)) : type === TEXT ? parseIsoTime(this.textOf(name)) : null;
    return time !== null && isTimely(time, now) ? time : Number.NaN;
  }

  /** Whether a text is this one. */
  says(name: number, text: Uint8Array): boolean {
    const from = this.fromOf(name);
    if (this.typeOf(name) !== TEXT || this.toOf(name) - from !== text.length) return false;
    for (let i = 0; i < text.length; i++) if (this.bytes[from + i] !== text[i]) return false;
    return true;
  }

  writeText(rows: BinaryRows, name: number): void {
    if (this.isMissing(name)) rows.null();
    else rows.utf8(this.bytes, this.fromOf(name), this.toOf(name));
  }

  writeUuid(rows: BinaryRows, name: number): void {
    if (this.isMissing(name)) rows.null();
    else rows.uuidFrom(this.bytes, this.fromOf(name));
  }

  /** An object's members as JSON.stringify writes them, without the braces. */
  appendInner(rows: BinaryRows, from: number, to: number): void {
    for (let i = from; i < to; i++) {
      if (i > from) rows.appendByte(COMMA);
      this.appendMember(rows, this.inner, i);
    }
  }

  writeObject(rows: BinaryRows, name: number): void {
    if (!this.isFilledObject(name)) {
      rows.null();
      return;
    }
    const start = rows.beginText();
    rows.appendByte(OPEN);
    this.appendInner(rows, this.fromOf(name), this.toOf(name));
    rows.appendByte(CLOSE);
    rows.endText(start);
  }

  /** All members that are not known, as one object; NULL for none. */
  writeOthers(rows: BinaryRows): void {
    const { outer, known } = this;
    let start = -1;
    for (let i = 0; i < outer.count; i++) {
      if ((outer.name[i] ?? 0) < known) continue;
      if (start < 0) {
        start = rows.beginText();
        rows.appendByte(OPEN);
      } else rows.appendByte(COMMA);
      this.appendMember(rows, outer, i);
    }
    if (start < 0) {
      rows.null();
      return;
    }
    rows.appendByte(CLOSE);
    rows.endText(start);
  }

  private appendMember(rows: BinaryRows, members: Members, i: number): void {
    const { bytes } = this;
    const nameAt = (members.nameAt[i] ?? 0) - 1;
    rows.append(bytes, nameAt, nameAt + this.json.names.lengthOf(members.name[i] ?? 0) + 2);
    rows.appendByte(COLON);
    const [from, to] = [members.from[i] ?? 0, members.to[i] ?? 0];
    switch (members.type[i]) {
      case TEXT:
        rows.append(bytes, from - 1, to + 1);
        break;
      case OBJECT:
        rows.appendByte(OPEN);
        this.appendInner(rows, from, to);
        rows.appendByte(CLOSE);
        break;
      case NULL:
      case TRUE:
      case FALSE:
      case NUMBER:
        rows.append(bytes, from, to);
    }
  }
}

const DASH = 0x2d;
const OPEN = 0x7b;
const CLOSE = 0x7d;
const COLON = 0x3a;
const COMMA = 0x2c;

/** ASCII that is no white space. */
const isVisible = (byte: number | undefined): boolean => byte !== undefined && byte > 0x20 && byte < 0x7f;
const isHexadecimal = (byte: number): boolean =>
  (byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x66) || (byte >= 0x41 && byte <= 0x46);
