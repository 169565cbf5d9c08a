import type { ModelDefinition } from '#contracts/model-definition';
import { readText } from '#features/coercion';
import { useFeature } from '#features/kinds';
import { parseUrl } from '#features/url';
import { splitSourceOf } from '../encoding/sources.js';
import { closestName } from './closest-name.js';

export type Row = Readonly<Record<string, unknown>>;

/** Something in a row that a model makes nothing of. */
export interface FeatureProblem {
  readonly feature: string;
  readonly problem: 'unknown' | 'wrong-type';
  /** What was expected, as the end of a sentence about the field. */
  readonly detail: string;
  /** The known name that was probably meant by one that is not. */
  readonly closest: string | null;
}

/** What a problem counts for: names that anybody may send must not become labels. */
export const problemLabel = ({ feature, problem }: FeatureProblem): string =>
  problem === 'unknown' ? 'unknown' : feature;

/** What a value may be that needs no further look: of that type, an address as nearly all are, or anything. */
export type PlainField = 'number' | 'boolean' | 'string' | 'address' | 'anything';

interface Field {
  readonly plain: PlainField;
  readonly expected: string;
  /** Whether a value that is there says something. */
  readable(value: unknown): boolean;
}

export const LARGEST_FLOAT32 = 3.4028234663852886e38;
/** Never read. */
const KEY_ONLY: Field = { plain: 'anything', expected: '', readable: () => true };
/** What nearly every address looks like; only the rest is parsed for this. */
const ADDRESS = /^https?:\/\/[^\s/]/;
const URL_TEXT: Field = {
  plain: 'address',
  expected: 'an address like https://example.org/page',
  readable: (value) => (typeof value === 'string' && ADDRESS.test(value)) || parseUrl(value) !== null,
};
const EXPECTED = { number: 'a number', boolean: 'true or false', string: 'a text' } as const;

/** Nothing that was left out: an empty text means missing, as everywhere. */
const isMissing = (value: unknown): boolean =>
  value === undefined || value === null || (typeof value === 'string' && readText(value) === null);

/** The names a model's rows may have, and what may stand under each. */
export class KnownFeatures {
  /** Names as the definition spells them, those of columns that are only split by included. */
  readonly names: readonly string[];
  /** Fields that features read. */
  readonly fields: readonly string[];
  private readonly known = new Map<string, Field>();
  /** Where a feature that is no field itself is derived from. */
  private readonly derived = new Map<string, string>();

  constructor(definition: ModelDefinition) {
    for (const feature of definition.features) {
      const { source, reading } = useFeature(feature);
      if (source.from === 'url') {
        this.known.set(source.field, URL_TEXT);
        this.derived.set(feature.name, source.field);
        continue;
      }
      const { expected, counted } = reading;
      const plain = expected === 'number' ? 'number' : expected === 'boolean' ? 'boolean' : 'string';
      this.known.set(source.field, {
        plain,
        expected: EXPECTED[plain],
        readable: (value) => counted(value) !== null,
      });
    }
    this.fields = [...this.known.keys()];
    const key = splitSourceOf(definition);
    if (key !== null && !this.known.has(key.field)) this.known.set(key.field, KEY_ONLY);
    this.names = [...this.known.keys()];
  }

  has(name: string): boolean {
    return this.known.has(name);
  }

  /** What fits under a name at a glance; null for a name that is not known. A number fits up to {@link LARGEST_FLOAT32}. */
  plainField(name: string): PlainField | null {
    return this.known.get(name)?.plain ?? null;
  }

  /** Whether there is nothing to say about a row. Runs for every decision: what fits costs a look-up a field. */
  fits(row: Row): boolean {
    for (const name in row) {
      const field = this.known.get(name);
      if (field === undefined) return false;
      const value = row[name];
      if (typeof value === field.plain) {
        if (typeof value !== 'number' || Math.abs(value) <= LARGEST_FLOAT32) continue;
        return false;
      }
      if (!isMissing(value) && !field.readable(value)) return false;
    }
    return true;
  }

  /** At most so many: looking for what was meant costs time, and who sends nonsense may send much of it. */
  problems(row: Row, most = 20): FeatureProblem[] {
    const problems: FeatureProblem[] = [];
    for (const name in row) {
      if (problems.length === most) break;
      const field = this.known.get(name);
      const value = row[name];
      if (field === undefined) problems.push(this.unknown(name));
      else if (!isMissing(value) && !field.readable(value))
        problems.push({
          feature: name,
          problem: 'wrong-type',
          detail: `expected ${field.expected}, got ${shortly(value)}`,
          closest: null,
        });
    }
    return problems;
  }

  /** A name that no feature has. */
  unknown(name: string): FeatureProblem {
    const from = this.derived.get(name);
    if (from !== undefined)
      return { feature: name, problem: 'unknown', detail: `it is derived from "${from}"; send that`, closest: from };
    const closest = closestName(name, this.names);
    const meant = closest === null ? `known are ${this.someNames()}` : `did you mean "${closest}"?`;
    return { feature: name, problem: 'unknown', detail: `there is no such feature; ${meant}`, closest };
  }

  /** Whether nothing of a row is a feature: it would be learnt from as one that says nothing. */
  saysNothing(row: Row): boolean {
    for (const name in row) if (this.known.has(name)) return false;
    return true;
  }

  someNames(most = 12): string {
    const { names } = this;
    return names.length <= most ? names.join(', ') : `${names.slice(0, most).join(', ')}, … (${names.length})`;
  }
}

/** A value for an error message, never long. */
function shortly(value: unknown): string {
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'an array' : 'an object';
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}
