import { ModelFormatError } from '../evaluator.js';

export type NumberArray = ArrayLike<number>;

/** The fields an object of a model file has: those that must be there, and those that may. */
export interface Schema {
  readonly required: readonly string[];
  readonly optional?: readonly string[];
}

/** Reads fields of a parsed model file and says where something is not as expected. */
export class Document {
  private constructor(
    private readonly fields: ReadonlyMap<string, unknown>,
    private readonly path: string,
  ) {}

  /**
   * An object with exactly the fields of the schema. What is not in it is refused, as an unknown field may change what the
   * known ones mean; null stands for a schema that is open.
   */
  static of(value: unknown, path: string, schema: Schema | null): Document {
    if (!(value instanceof Map)) throw new ModelFormatError(`${path}: expected an object, got ${describe(value)}`);
    const fields: ReadonlyMap<string, unknown> = value;
    if (schema !== null) {
      for (const name of schema.required)
        if (!fields.has(name)) throw new ModelFormatError(`${path}.${name}: is missing`);
      for (const name of fields.keys())
        if (!schema.required.includes(name) && schema.optional?.includes(name) !== true)
          throw new ModelFormatError(
            `${path}.${name.slice(0, 60)}: is no field that this reader knows, and might change what the model predicts`,
          );
    }
    return new Document(fields, path);
  }

  /** The same object, held to a schema. */
  narrowed(schema: Schema): Document {
    return Document.of(this.fields, this.path, schema);
  }

  has(name: string): boolean {
    return this.fields.get(name) !== undefined && this.fields.get(name) !== null;
  }

  object(name: string, schema: Schema | null): Document {
    return Document.of(this.fields.get(name), `${this.path}.${name}`, schema);
  }

  list(name: string): readonly unknown[] {
    const value = this.fields.get(name);
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
    const value = this.fields.get(name);
    if (typeof value === 'string') return value;
    throw this.expected(name, 'a text');
  }

  /** A number, or the decimal text of one, as XGBoost writes its parameters. */
  number(name: string): number {
    const value = this.fields.get(name);
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
    if (typeof number === 'number' && !Number.isNaN(number)) return number;
    throw this.expected(name, 'a number');
  }

  /** A whole number from `least` to `most`. */
  count(name: string, least = 0, most = 2 ** 31 - 1): number {
    const number = this.number(name);
    if (Number.isInteger(number) && number >= least && number <= most) return number;
    throw this.expected(name, `a whole number from ${least} to ${most}`);
  }

  countOr(name: string, fallback: number): number {
    return this.has(name) ? this.count(name) : fallback;
  }

  /** A list of numbers or booleans, or a typed array, of the given length. */
  numbers(name: string, length?: number): NumberArray {
    const value = this.fields.get(name);
    const numbers = asNumbers(value);
    if (numbers === null) throw this.expected(name, 'a list of numbers');
    if (length !== undefined && numbers.length !== length)
      throw new ModelFormatError(`${this.path}.${name}: expected ${length} entries, got ${numbers.length}`);
    return numbers;
  }

  refuse(name: string, what: string): ModelFormatError {
    return new ModelFormatError(`${this.path}.${name}: ${what}`);
  }

  private expected(name: string, what: string): ModelFormatError {
    return this.refuse(name, `expected ${what}, got ${describe(this.fields.get(name))}`);
  }
}

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
    else return null;
  }
  return numbers;
}

function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value instanceof Map) return 'an object';
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
