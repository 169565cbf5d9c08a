const COUNT = new Intl.NumberFormat('en-GB');
const MISSING = '–';
const MINUS = '\u2212';
/** No-break space: a number and its unit stay on one line. */
const SPACE = '\u00a0';

/** 12345 → "12,345" */
export function count(value: number | null | undefined): string {
  return value === null || value === undefined ? MISSING : COUNT.format(value);
}

const NUMBER = new Intl.NumberFormat('en-GB', { maximumSignificantDigits: 6 });

/** 12, 0.333333, 1,234.56: as many digits as say something */
export const number = (value: number): string => NUMBER.format(value).replace('-', MINUS);

/** +1,234, with a real minus sign. */
export function signedCount(value: number | null | undefined): string {
  return value === null || value === undefined ? MISSING : `${signOf(value)}${COUNT.format(Math.abs(value))}`;
}

/** 0.8312 → "83.1 %" */
export function percent(value: number | null | undefined, digits = 1): string {
  return value === null || value === undefined
    ? MISSING
    : `${(100 * value).toFixed(digits).replace('-', MINUS)}${SPACE}%`;
}

/** 0.767, 0.833 → "76.7 to 83.3 %" */
export function percentRange(low: number, high: number): string {
  return `${percent(low).replace(`${SPACE}%`, '')} to ${percent(high)}`;
}

/** 0.012 → "+1.2", in percentage points, with a real minus sign. */
export function points(value: number | null | undefined): string {
  return value === null || value === undefined
    ? MISSING
    : `${signOf(value)}${Math.abs(100 * value).toFixed(1)}${SPACE}pp`;
}

/** 0.01234 → "0.0123" */
export function decimal(value: number | null | undefined, digits = 4): string {
  return value === null || value === undefined ? MISSING : value.toFixed(digits).replace('-', MINUS);
}

/** 0.01234 → "+0.0123" */
export function signed(value: number | null | undefined, digits = 4): string {
  return value === null || value === undefined ? MISSING : `${signOf(value)}${Math.abs(value).toFixed(digits)}`;
}

/** 12.34 → "12 ms", 1234 → "1.2 s" */
export function milliseconds(value: number | null | undefined): string {
  if (value === null || value === undefined) return MISSING;
  if (value < 10) return `${value.toFixed(1)}${SPACE}ms`;
  return value < 1000 ? `${Math.round(value)}${SPACE}ms` : `${(value / 1000).toFixed(1)}${SPACE}s`;
}

/** 1, "run" → "1 run"; 2, "run" → "2 runs" */
export function plural(value: number, noun: string, nouns = `${noun}s`): string {
  return `${count(value)} ${value === 1 ? noun : nouns}`;
}

/** "sha256:4af1…" → its first twelve digits, enough to tell two apart. */
export function shortDigest(digest: string): string {
  return digest.replace(/^sha256:/, '').slice(0, 12);
}

const signOf = (value: number): string => (value < 0 ? MINUS : '+');
