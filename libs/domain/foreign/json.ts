import { JSON_LIMITS, type JsonLimits } from './json-limits.js';

/** What is wrong with foreign JSON; the words of rejection reports. */
export type ForeignJsonProblem = 'not-utf8' | 'not-json' | 'too-large' | 'out-of-range' | 'nul-character';

/** Foreign bytes that are not taken. The message says what was expected. */
export class ForeignJsonError extends Error {
  override readonly name = 'ForeignJsonError';
  readonly failureKind = 'permanent';

  constructor(
    readonly problem: ForeignJsonProblem,
    /** Where in the value, like "site.url"; null for all of it. */
    readonly field: string | null,
    message: string,
  ) {
    super(message);
  }
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Bytes as text, without a byte-order mark. The quick conversion puts U+FFFD for what is not UTF-8; only then is it worth asking strictly. */
function textOf(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  if (text.includes('\uFFFD')) {
    try {
      strict.decode(bytes);
    } catch {
      throw new ForeignJsonError('not-utf8', null, 'expected UTF-8');
    }
  }
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}

/**
 * The one gate for JSON that somebody else wrote. Takes a byte-order mark; refuses by name what could not be handled or stored:
 * what is too large, too deep or has too many fields, NUL and halves of surrogate pairs, numbers beyond a double.
 * Throws {@link ForeignJsonError}.
 */
export function decodeForeignJson(bytes: Buffer, limits: JsonLimits = JSON_LIMITS): unknown {
  if (bytes.length > limits.bytes)
    throw new ForeignJsonError('too-large', null, `expected at most ${limits.bytes} bytes, got ${bytes.length}`);
  const text = textOf(bytes);
  let value: unknown;
  try {
    // V8's parser needs no stack, however deep it goes; everybody behind it does.
    value = JSON.parse(text);
  } catch (error) {
    if (text.includes('\u0000'))
      throw new ForeignJsonError('nul-character', null, 'expected text without NUL characters');
    throw new ForeignJsonError(
      'not-json',
      null,
      `expected JSON: ${error instanceof Error ? error.message : 'unreadable'}`,
    );
  }
  assertWithin(value, limits, text.includes('\\u'));
  return value;
}

/**
 * {@link decodeForeignJson} for what was parsed already. A walk over the value instead of a look at the bytes: flat messages, the
 * rule, cost it a tenth of a microsecond. @param escapes whether the source held a `\u`: only so can JSON bring NUL, or half of a pair
 */
export function assertWithin(value: unknown, limits: JsonLimits = JSON_LIMITS, escapes = true): void {
  // The rule: nothing is wrong, and nobody needs to know where.
  if (fieldsWithin(value, 0, limits, escapes) <= limits.keys) return;
  new Walk(limits, escapes).enter(value, 0);
}

/** How many fields the value has; infinitely many if something in it is not within the limits. */
function fieldsWithin(value: unknown, depth: number, limits: JsonLimits, escapes: boolean): number {
  if (typeof value === 'string')
    return value.length > limits.text || (escapes && isUnstorable(value)) ? Number.POSITIVE_INFINITY : 0;
  if (typeof value === 'number') return value - value === 0 ? 0 : Number.POSITIVE_INFINITY;
  if (!isContainer(value)) return 0;
  if (depth === limits.depth) return Number.POSITIVE_INFINITY;
  let fields = 0;
  if (isList(value))
    for (let i = 0; i < value.length; i++) fields += fieldsWithin(value[i], depth + 1, limits, escapes);
  else
    for (const key in value) {
      if (escapes && isUnstorable(key)) return Number.POSITIVE_INFINITY;
      fields += 1 + fieldsWithin(value[key], depth + 1, limits, escapes);
    }
  return fields;
}

/** With the u flag a pair is one character, so only halves match. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/** Goes through a value again, to tell where it is not within the limits. */
class Walk {
  private keys = 0;
  /** Where it is, outermost first; put together only for an error. */
  private readonly path: string[] = [];

  constructor(
    private readonly limits: JsonLimits,
    private readonly escapes: boolean,
  ) {}

  enter(value: unknown, depth: number): void {
    if (typeof value === 'string') this.text(value);
    else if (typeof value === 'number') {
      // Written as 1e400: the parser makes Infinity of it, and whoever writes it again makes null of that.
      if (value - value !== 0) this.refuse('out-of-range', 'expected a number below 1.8e308');
    } else if (isContainer(value)) this.inside(value, depth + 1);
  }

  private inside(value: Container, depth: number): void {
    const { limits, path } = this;
    if (depth > limits.depth)
      throw new ForeignJsonError(
        'out-of-range',
        null,
        `expected at most ${limits.depth} objects and arrays inside one another`,
      );
    if (isList(value)) {
      for (let i = 0; i < value.length; i++) {
        path[depth - 1] = String(i);
        this.enter(value[i], depth);
      }
    } else {
      for (const key in value) {
        if (++this.keys > limits.keys)
          throw new ForeignJsonError('too-large', null, `expected at most ${limits.keys} fields`);
        if (this.escapes && isUnstorable(key)) {
          // The name itself is not fit to be told; its object is.
          path.length = depth - 1;
          if (depth === 1) path.push('(name of a field)');
          this.text(key);
        }
        path[depth - 1] = key;
        this.enter(value[key], depth);
      }
    }
    path.length = depth - 1;
  }

  private text(text: string): void {
    if (text.length > this.limits.text)
      this.refuse('too-large', `expected a text of at most ${this.limits.text} characters, got ${text.length}`);
    if (!this.escapes) return;
    if (text.includes('\u0000')) this.refuse('nul-character', 'expected text without NUL characters');
    if (LONE_SURROGATE.test(text)) this.refuse('not-utf8', 'expected whole characters, got half of a surrogate pair');
  }

  private refuse(problem: ForeignJsonProblem, message: string): never {
    throw new ForeignJsonError(problem, this.path.join('.').slice(0, LONGEST_PATH) || null, message);
  }
}

const LONGEST_PATH = 200;

type Container = readonly unknown[] | Readonly<Record<string, unknown>>;

const isContainer = (value: unknown): value is Container => typeof value === 'object' && value !== null;
const isList = (value: Container): value is readonly unknown[] => Array.isArray(value);

const isUnstorable = (text: string): boolean => text.includes('\u0000') || LONE_SURROGATE.test(text);
