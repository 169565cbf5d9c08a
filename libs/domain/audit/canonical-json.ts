/**
 * JSON with sorted keys and no spaces: equal values give equal text, whatever order their keys were written or stored
 * in. Undefined members are left out, as JSON.stringify does. Numbers and strings are JSON.stringify's.
 */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(',')}]`;
  if (value instanceof Date) return JSON.stringify(value);
  if (typeof value === 'object' && value !== null)
    return `{${Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`)
      .join(',')}}`;
  return JSON.stringify(value ?? null);
}

// A surrogate without its other half, or NUL: Postgres stores neither.
const UNSTORABLE = /\p{Surrogate}|\0/gu;

/** The text as Postgres can store it and give it back unchanged: what it cannot becomes U+FFFD. */
export const storableText = (text: string): string => text.replace(UNSTORABLE, '\ufffd');

/** {@link storableText} on every string of a JSON value, keys too; what JSON leaves out is left out. */
export function storableJson(value: unknown): unknown {
  if (typeof value === 'string') return storableText(value);
  if (Array.isArray(value)) return value.map((item) => storableJson(item ?? null));
  if (value instanceof Date) return value.toISOString();
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(
      Object.entries(value)
        .filter(([, member]) => member !== undefined)
        .map(([key, member]) => [storableText(key), storableJson(member)]),
    );
  return value ?? null;
}
