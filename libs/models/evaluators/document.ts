import { ModelFormatError } from './evaluator.js';

export type NumberArray = ArrayLike<number>;

/** Reads fields of a parsed model file and says where something is not as expected. */
export class Document {
  constructor(
    private readonly fields: Record<string, unknown>,
    private readonly path: string,
  ) {}

  static of(value: unknown, path: string): Document {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new ModelFormatError(`${path}: expected an object, got ${describe(value)}`);
    return new Document(Object.fromEntries(Object.entries(value)), path);
  }

  has(name: string): boolean {
    return this.fields[name] !== undefined && this.fields[name] !== null;
  }

  object(name: string): Document {
    return Document.of(this.fields[name], `${this.path}.${name}`);
  }

  list(name: string): readonly unknown[] {
    const value = this.fields[name];
    if (!Array.isArray(value)) throw this.expected(name, 'a list');
    return value;
  }

  /** Texts; none where the field is missing. */
  texts(name: string): string[] {
    if (!this.has(name)) return [];
    return this.list(name).map((value) => {
      if (typeof value === 'string') return value;
      throw this.expected(name, 'a list of texts');
    });
  }

  text(name: string): string {
    const value = this.fields[name];
    if (typeof value === 'string') return value;
    throw this.expected(name, 'a text');
  }

  /** A number, or the decimal text of one, as XGBoost writes its parameters. */
  number(name: string): number {
    const value = this.fields[name];
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
    if (typeof number === 'number' && !Number.isNaN(number)) return number;
    throw this.expected(name, 'a number');
  }

  numberOr(name: string, fallback: number): number {
    return this.has(name) ? this.number(name) : fallback;
  }

  /** A list of numbers or booleans, or a typed array, of the given length. */
  numbers(name: string, length?: number): NumberArray {
    const value = this.fields[name];
    const numbers = asNumbers(value);
    if (numbers === null) throw this.expected(name, 'a list of numbers');
    if (length !== undefined && numbers.length !== length)
      throw new ModelFormatError(`${this.path}.${name}: expected ${length} entries, got ${numbers.length}`);
    return numbers;
  }

  numbersOr(name: string, fallback: NumberArray): NumberArray {
    return this.has(name) ? this.numbers(name) : fallback;
  }

  private expected(name: string, what: string): ModelFormatError {
    return new ModelFormatError(`${this.path}.${name}: expected ${what}, got ${describe(this.fields[name])}`);
  }
}

const CONSTANTS = new Set(['NaN', '-NaN', 'Infinity', '-Infinity']);

function asNumbers(value: unknown): NumberArray | null {
  if (
    value instanceof Float32Array ||
    value instanceof Float64Array ||
    value instanceof Int32Array ||
    value instanceof Uint8Array ||
    value instanceof Int8Array ||
    value instanceof Int16Array
  )
    return value;
  if (!Array.isArray(value)) return null;
  const numbers = new Float64Array(value.length);
  for (let i = 0; i < value.length; i++) {
    const entry: unknown = value[i];
    if (typeof entry === 'number') numbers[i] = entry;
    else if (typeof entry === 'boolean') numbers[i] = entry ? 1 : 0;
    else if (typeof entry === 'string' && CONSTANTS.has(entry)) numbers[i] = Number(entry);
    else return null;
  }
  return numbers;
}

function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
