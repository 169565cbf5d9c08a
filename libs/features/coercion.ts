/**
 * How raw values are read, in one place for training and serving alike. Engines send numbers as strings, booleans as
 * 0/1 and empty strings for nothing, so every reading is a function of the value's text, and none ever fails: what
 * cannot be read is missing (null). The SQL twins in libs/models/training mirror these rules row by row.
 */

const NUMBER = /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/;
const TRUE = new Set(['true', 't', 'yes', 'y', 'on', '1']);
const FALSE = new Set(['false', 'f', 'no', 'n', 'off', '0']);

const isSpace = (code: number): boolean => code === 32 || (code >= 9 && code <= 13);

/** Cuts ASCII white space only, so that SQL can do the very same. */
function trimmed(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isSpace(text.charCodeAt(start))) start++;
  while (end > start && isSpace(text.charCodeAt(end - 1))) end--;
  return start === 0 && end === text.length ? text : text.slice(start, end);
}

/** The value's text without white space around it; null for nothing, an empty string, NaN, an infinity, an object or an array. */
export function readText(value: unknown): string | null {
  switch (typeof value) {
    case 'string': {
      const text = trimmed(value);
      return text === '' ? null : text;
    }
    case 'number':
      return Number.isFinite(value) ? String(value) : null;
    case 'boolean':
      return value ? 'true' : 'false';
    case 'bigint':
      return value.toString();
    default:
      return null;
  }
}

/**
 * Matrices hold float32 and the training libraries refuse infinities, so a number too large for float32 is missing.
 * Adding 0 turns -0 into 0, which JSON cannot tell apart.
 */
const finite32 = (value: number): number | null => (Number.isFinite(Math.fround(value)) ? value + 0 : null);

/** Decimal numbers as number or text; true is 1 and false is 0. */
export function readNumber(value: unknown): number | null {
  if (typeof value === 'number') return finite32(value);
  const text = readText(value);
  if (text === null) return null;
  if (NUMBER.test(text)) return finite32(Number(text));
  if (text === 'true') return 1;
  return text === 'false' ? 0 : null;
}

/** true/t/yes/y/on/1 in any case is 1, false/f/no/n/off/0 is 0, a number equal to 1 or 0 likewise; anything else is missing. */
export function readBoolean(value: unknown): 0 | 1 | null {
  if (value === true || value === 1) return 1;
  if (value === false || value === 0) return 0;
  const text = readText(value);
  if (text === null) return null;
  const word = text.toLowerCase();
  if (TRUE.has(word)) return 1;
  if (FALSE.has(word)) return 0;
  if (!NUMBER.test(text)) return null;
  const number = Number(text);
  return number === 1 ? 1 : number === 0 ? 0 : null;
}

/** Categories are texts, compared exactly; the number 3 and the text "3" are one category. */
export const readCategory = readText;
