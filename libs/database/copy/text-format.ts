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

let lastSecond = Number.NaN;
let lastSecondText = '';

/** Microseconds since 1970 as a timestamptz. Neighbouring rows are often of one second, so its text is kept. */
export function timeColumn(micros: number): string {
  const second = Math.floor(micros / 1_000_000);
  if (second !== lastSecond) {
    lastSecond = second;
    lastSecondText = new Date(second * 1000).toISOString().slice(0, 19);
  }
  const fraction = micros - second * 1_000_000;
  return fraction === 0 ? `${lastSecondText}Z` : `${lastSecondText}.${String(fraction).padStart(6, '0')}Z`;
}
