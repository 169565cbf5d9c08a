/** The names of members that messages use, each with a number; so many at most, because anybody may send more. */
const MOST_NAMES = 4096;
/** Whoever makes an object of the first puts them elsewhere than they stood, or nowhere; the others may not even be UTF-8. */
const ODD = /^(?:\d|__proto__$)|[^ -~]/;

/** Names by their bytes. Messages of one kind have the same names in the same order, so the number is found by a guess and a look. */
export class Names {
  private readonly numbers = new Map<string, number>();
  private readonly bytes: Uint8Array[] = [];

  /** @param first names with the numbers 0, 1, … */
  constructor(first: readonly string[]) {
    for (const name of first) this.add(name, Buffer.from(name, 'latin1'));
  }

  /** @returns the number of a name; -1 for one that is odd, or one too many */
  numberOf(source: Buffer, from: number, to: number): number {
    const name = source.toString('latin1', from, to);
    const known = this.numbers.get(name);
    if (known !== undefined) return known;
    if (ODD.test(name) || this.bytes.length === MOST_NAMES) return -1;
    return this.add(name, Buffer.from(source.subarray(from, to)));
  }

  /** Whether a name stands there, between quotes. */
  standsAt(number: number, source: Uint8Array, from: number): boolean {
    const bytes = this.bytes[number];
    if (bytes === undefined) return false;
    const { length } = bytes;
    for (let i = 0; i < length; i++) if (source[from + i] !== bytes[i]) return false;
    return source[from + length] === QUOTE;
  }

  lengthOf(number: number): number {
    return this.bytes[number]?.length ?? 0;
  }

  textOf(number: number): string {
    return Buffer.from(this.bytes[number] ?? []).toString('latin1');
  }

  private add(name: string, bytes: Uint8Array): number {
    const number = this.bytes.length;
    this.numbers.set(name, number);
    this.bytes.push(bytes);
    return number;
  }
}

const QUOTE = 0x22;
