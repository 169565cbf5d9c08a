/**
 * The text format of COPY: a row a line, columns separated by tabs, \N for NULL
 * (https://www.postgresql.org/docs/current/sql-copy.html#id-1.9.3.55.9.2).
 */

const SPECIAL = /[\\\n\r\t]/;
const SPECIALS = /[\\\n\r\t]/g;
const ESCAPES: Record<string, string> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

export const NULL = '\\N';

/** A text as a column. It must hold neither NUL characters nor halves of surrogate pairs: Postgres cannot store them. */
export function textColumn(value: string | null): string {
  if (value === null) return NULL;
  return SPECIAL.test(value) ? value.replace(SPECIALS, (character) => ESCAPES[character] ?? character) : value;
}

export function numberColumn(value: number | null): string {
  return value === null ? NULL : String(value);
}

export function jsonColumn(value: unknown): string {
  return value === null || value === undefined ? NULL : textColumn(JSON.stringify(value));
}

/** Texts of recent seconds, by the last bits of the second: rows of one time are near one another. */
const CACHE = 1024;
const cachedSeconds = new Float64Array(CACHE).fill(Number.NaN);
const cachedTexts: string[] = new Array<string>(CACHE).fill('');

function secondText(second: number): string {
  const slot = ((second % CACHE) + CACHE) % CACHE;
  if (cachedSeconds[slot] !== second) {
    cachedSeconds[slot] = second;
    cachedTexts[slot] = new Date(second * 1000).toISOString().slice(0, 19);
  }
  return cachedTexts[slot] ?? '';
}

/** Microseconds since 1970 as a timestamptz. */
export function timeColumn(micros: number): string {
  const second = Math.floor(micros / 1_000_000);
  const fraction = micros - second * 1_000_000;
  const text = secondText(second);
  return fraction === 0 ? `${text}Z` : `${text}.${String(fraction).padStart(6, '0')}Z`;
}
