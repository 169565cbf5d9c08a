import { ModelFormatError } from './evaluator.js';

type NumericArray = Float32Array | Float64Array | Int32Array | Int16Array | Int8Array | Uint8Array;

/**
 * Decodes Universal Binary JSON (ubjson.org, draft 12) as XGBoost writes it: big-endian numbers, typed arrays. Typed
 * number arrays become typed arrays, 64-bit integers become numbers.
 */
export function decodeUbjson(bytes: Uint8Array): unknown {
  return new Decoder(bytes).document();
}

const SIZES: Record<string, number> = { i: 1, U: 1, I: 2, l: 4, L: 8, d: 4, D: 8 };

class Decoder {
  private at = 0;
  private readonly view: DataView;

  constructor(private readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  document(): unknown {
    try {
      return this.value(this.marker());
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
        return this.array();
      case '{':
        return this.object();
      default:
        return this.number(marker);
    }
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

  private object(): unknown {
    const { type, count } = this.container();
    const entries: [string, unknown][] = [];
    if (count !== null) {
      for (let i = 0; i < count; i++) entries.push([this.text(), this.value(type ?? this.marker())]);
      return Object.fromEntries(entries);
    }
    while (this.peek() !== '}') entries.push([this.text(), this.value(this.marker())]);
    this.at++;
    return Object.fromEntries(entries);
  }

  /** The optional `$type` and `#count` behind an opening bracket. */
  private container(): { type: string | null; count: number | null } {
    let type: string | null = null;
    if (this.peek() === '$') {
      this.at++;
      type = this.marker();
      if (this.peek() !== '#') throw this.broken('has a typed container without a count');
    }
    if (this.peek() !== '#') return { type, count: null };
    this.at++;
    return { type, count: this.length() };
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
