import type { z } from 'zod';
import { closestName } from '#domain/rows/closest-name';

type Issue = z.core.$ZodIssue;

/** What is expected, by the type that a schema names. */
const TYPES: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list, like [a, b]',
  object: 'settings, like { name: value }',
  record: 'settings, like { name: value }',
};

/** As it is written in YAML, no longer than a line shows. */
function written(value: unknown): string {
  const text = typeof value === 'string' ? `"${value}"` : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

const listed = (options: readonly unknown[]): string => options.map(String).join(', ');

function oneOf(options: readonly unknown[], value: unknown): string {
  if (value === undefined) return `is missing: expected one of ${listed(options)}`;
  const closest = closestName(String(value), options.map(String));
  return `expected one of ${listed(options)}; got ${written(value)}${closest === null ? '' : `, did you mean ${closest}?`}`;
}

function wrongType(expected: string, value: unknown): string {
  const type = TYPES[expected] ?? expected;
  if (value === undefined) return `is missing: expected ${type}`;
  if (expected === 'string' && ['boolean', 'number'].includes(typeof value)) {
    const word = String(value);
    return `expected a text, and YAML reads ${word} as a ${typeof value}: quote it, '${word}'`;
  }
  return `expected ${type}, got ${written(value)}`;
}

/** Bounds of a number, or of how many there are. */
function outOfBounds(origin: string, bound: string, value: unknown): string {
  const counted = ['array', 'string', 'set', 'map'].includes(origin);
  if (!counted) return `expected a number of ${bound}, got ${written(value)}`;
  const there = Array.isArray(value) || typeof value === 'string' ? value.length : 0;
  return `expected ${bound} ${origin === 'string' ? 'letters' : 'entries'}, there ${there === 1 ? 'is' : 'are'} ${there}`;
}

const strictly = (inclusive: boolean | undefined, more: string, most: string): string =>
  inclusive === false ? more : most;

/**
 * What is wrong with a field of a definition, for who wrote the file: what was expected, what is there, and what to write.
 * @param value what is there
 */
export function inWords(issue: Issue, value: unknown): string {
  switch (issue.code) {
    case 'invalid_type':
      return wrongType(issue.expected, value);
    case 'invalid_value':
      return oneOf(issue.values, value);
    case 'invalid_union': {
      const options = 'options' in issue && Array.isArray(issue.options) ? issue.options : null;
      if (options !== null) return oneOf(options, value);
      const [first = '', ...others] = new Set(
        issue.errors.map(([nested]) =>
          nested === undefined ? '' : inWords(nested, value).replace(/^expected |[;,] (?:got|and YAML) .*$/g, ''),
        ),
      );
      return `expected ${[first, ...others].filter((each) => each !== '').join(', or ')}; got ${written(value)}`;
    }
    case 'too_small':
      return outOfBounds(issue.origin, `${strictly(issue.inclusive, 'more than', 'at least')} ${issue.minimum}`, value);
    case 'too_big':
      return outOfBounds(issue.origin, `${strictly(issue.inclusive, 'less than', 'at most')} ${issue.maximum}`, value);
    default:
      // Ours are sentences already.
      return issue.message;
  }
}
