import type { ModelRules } from '#domain/feedback/rules';
import type { Names } from '#domain/foreign/names';
import { FALSE, type Members, NULL, NUMBER, TEXT, TRUE } from '#domain/foreign/plain-json';
import { LARGEST_FLOAT32, type PlainField } from '#domain/rows/known-features';

const UNKNOWN = 1;
const FIELDS: Record<PlainField, number> = { number: 2, boolean: 3, string: 4, address: 5, anything: 6 };

/** What a model's definition says about plain messages, by their bytes. */
export class PlainRules {
  readonly model: Buffer;
  /** Actions in the definition's spelling. */
  readonly answers: readonly Buffer[];
  /** What may stand under a name, by its number; 0 where that was not asked yet. */
  private readonly fields = new Uint8Array(8192);

  constructor(
    private readonly rules: ModelRules,
    private readonly names: Names,
  ) {
    this.model = Buffer.from(rules.model);
    this.answers = [...rules.answers.values()]
      .filter((answer) => (rules.answers.get(answer) ?? rules.answers.get(answer.trim().toLowerCase())) === answer)
      .map((answer) => Buffer.from(answer));
  }

  /** Whether the model knows all of these features, and can read them at a glance. */
  fits(bytes: Uint8Array, features: Members, from: number, to: number): boolean {
    for (let i = from; i < to; i++) if (!this.fitsOne(bytes, features, i)) return false;
    return true;
  }

  private fitsOne(bytes: Uint8Array, features: Members, i: number): boolean {
    const field = this.fieldOf(features.name[i] ?? 0);
    if (field === UNKNOWN) return false;
    const type = features.type[i];
    if (type === NULL || field === FIELDS.anything) return true;
    if (field === FIELDS.number) return type === NUMBER && Math.abs(features.number[i] ?? 0) <= LARGEST_FLOAT32;
    if (field === FIELDS.boolean) return type === TRUE || type === FALSE;
    if (type !== TEXT) return false;
    return field === FIELDS.string || isAddress(bytes, features.from[i] ?? 0, features.to[i] ?? 0);
  }

  private fieldOf(name: number): number {
    const known = this.fields[name] ?? UNKNOWN;
    if (known !== 0) return known;
    const plain = this.rules.known.plainField(this.names.textOf(name));
    const field = plain === null ? UNKNOWN : FIELDS[plain];
    this.fields[name] = field;
    return field;
  }
}

const SCHEMES = [Buffer.from('http://'), Buffer.from('https://')] as const;
const SLASH = 0x2f;

/** An address that begins as one of the web does, with a host. */
function isAddress(bytes: Uint8Array, from: number, to: number): boolean {
  return SCHEMES.some((scheme) => {
    const host = from + scheme.length;
    const first = bytes[host] ?? 0;
    return (
      host < to &&
      first > 0x20 &&
      first < 0x7f &&
      first !== SLASH &&
      scheme.every((byte, i) => bytes[from + i] === byte)
    );
  });
}
