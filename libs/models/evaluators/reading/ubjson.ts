import { ModelFormatError } from '../evaluator.js';
import { type Fields, MOST_NESTING } from './model-json.js';

type NumericArray = Float32Array | Float64Array | Int32Array | Int16Array | Int8Array | Uint8Array;

/**
 * Decodes Universal Binary JSON (ubjson.org, draft 12) as XGBoost writes it: big-endian numbers, typed arrays. Typed
 * number arrays become typed arrays, 64-bit integers become numbers, objects Maps. A count is compared with the bytes that
 * are left before anything is made of it. Throws ModelFormatError with the byte where it goes wrong.
 */
export function decodeUbjson(bytes: Uint8Array): unknown {
  return new Decoder(bytes).document();
}

const WITHOUT_BYTES: ReadonlySet<string> = new Set(['Z', 'T', 'F', 'N']);
const SIZES: Record<string, number> = { i: 1, U: 1, I: 2, l: 4, L: 8, d: 4, D: 8 };

class Decoder {
  private at = 0;
  private depth = 0;
  private readonly view: DataView;

  constructor(private readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  document(): unknown {
    try {
      const value = this.value(this.marker());
      if (this.at < this.bytes.length) throw this.broken('goes on after its end');
      return value;
    } catch (error) {
      if (error instanceof RangeError) throw this.broken('ends in the middle of a value');
      throw error;
    }
  }

  private value(marker: string): unknown {
    switch (marker) {
      case 'Z':
        return null;
      case 'T':
        return true;
      case 'F':
        return false;
      case 'S':
        return this.text();
      case 'C':
        return String.fromCharCode(this.view.getUint8(this.at++));
      case '[':
        return this.nested(() => this.array());
      case '{':
        return this.nested(() => this.object());
      default:
        return this.number(marker);
    }
  }

  private nested<T>(read: () => T): T {
    if (++this.depth > MOST_NESTING) throw this.broken(`is nested more than ${MOST_NESTING} deep`);
    const value = read();
    this.depth--;
    return value;
  }

  private array(): unknown {
    const { type, count } = this.container();
    if (type !== null && count !== null && type in SIZES) return this.numbers(type, count);
    const items: unknown[] = [];
    if (count !== null) {
      for (let i = 0; i < count; i++) items.push(this.value(type ?? this.marker()));
      return items;
    }
    for (let marker = this.marker(); marker !== ']'; marker = this.marker()) items.push(this.value(marker));
    return items;
  }

  private object(): Fields {
    const { type, count } = this.container();
    const fields = new Map<string, unknown>();
    const field = (): void => {
      const name = this.text();
      if (fields.has(name)) throw this.broken(`has the field "${name}" twice`);
      fields.set(name, this.value(type ?? this.marker()));
    };
    if (count !== null) for (let i = 0; i < count; i++) field();
    else {
      while (this.peek() !== '}') field();
      this.at++;
    }
    return fields;
  }

  /** The optional `$type` and `#count` behind an opening bracket. */
  private container(): { type: string | null; count: number | null } {
    let type: string | null = null;
    if (this.peek() === '$') {
      this.at++;
      type = this.marker();
      if (this.peek() !== '#') throw this.broken('has a typed container without a count');
      // Null, true and false take no byte each, so that a count of them promises anything.
      if (WITHOUT_BYTES.has(type)) throw this.broken(`has a container of the type "${type}", which no library writes`);
    }
    if (this.peek() !== '#') return { type, count: null };
    this.at++;
    const count = this.length();
    if (count > this.bytes.length - this.at)
      throw this.broken(`announces ${count} entries and has ${this.bytes.length - this.at} bytes left`);
    return { type, count };
  }

  private numbers(type: string, count: number): NumericArray {
    const size = SIZES[type] ?? 1;
    if (this.at + count * size > this.bytes.length) throw this.broken('ends in the middle of an array');
    const out = arrayOf(type, count);
    for (let i = 0; i < count; i++) out[i] = this.number(type);
    return out;
  }

  private number(type: string): number {
    const { view, at } = this;
    const size = SIZES[type];
    if (size === undefined) throw this.broken(`has an unknown marker "${type}"`);
    this.at += size;
    switch (type) {
      case 'i':
        return view.getInt8(at);
      case 'U':
        return view.getUint8(at);
      case 'I':
        return view.getInt16(at);
      case 'l':
        return view.getInt32(at);
      case 'L':
        return Number(view.getBigInt64(at));
      case 'd':
        return view.getFloat32(at);
      default:
        return view.getFloat64(at);
    }
  }

  private text(): string {
    const length = this.length();
    const end = this.at + length;
    if (end > this.bytes.length) throw this.broken('ends in the middle of a text');
    const text = new TextDecoder().decode(this.bytes.subarray(this.at, end));
    this.at = end;
    return text;
  }

  private length(): number {
    const length = this.number(this.marker());
    if (!(length >= 0)) throw this.broken(`has a length of ${length}`);
    return length;
  }

  private marker(): string {
    return String.fromCharCode(this.view.getUint8(this.at++));
  }

  private peek(): string {
    return String.fromCharCode(this.view.getUint8(this.at));
  }

  private broken(what: string): ModelFormatError {
    return new ModelFormatError(`not a UBJSON document: it ${what} at byte ${this.at}`);
  }
}

function arrayOf(type: string, count: number): NumericArray {
  switch (type) {
    case 'i':
      return new Int8Array(count);
    case 'U':
      return new Uint8Array(count);
    case 'I':
      return new Int16Array(count);
    case 'l':
      return new Int32Array(count);
    case 'd':
      return new Float32Array(count);
    default:
      return new Float64Array(count);
  }
}
