/**
 * Numbers of a flat JSON list straight from its bytes, without a list of numbers in between. Only what is certain is read here: plain
 * decimals that a double holds exactly before their point is moved, and null. Whoever gets null back asks JSON.parse, which knows the rest.
 */

/** More digits than these may not fit a double. */
const MOST_DIGITS = 15;
const POWERS = Float64Array.from({ length: MOST_DIGITS + 1 }, (_, i) => 10 ** i);

const SPACE = 32;
const COMMA = 44;
const MINUS = 45;
const POINT = 46;
const ZERO = 48;
const NINE = 57;
const SMALL_N = 110;

const isDigit = (byte: number): boolean => byte >= ZERO && byte <= NINE;
const isSpace = (byte: number): boolean => byte === SPACE || byte === 10 || byte === 13 || byte === 9;

/** Fills `out` with the numbers between `from` and `end`, exactly as many; missing ones are NaN. False if it cannot. */
export function readNumbers(bytes: Uint8Array, from: number, end: number, out: Float32Array | Float64Array): boolean {
  let at = from;
  for (let i = 0; i < out.length; i++) {
    if (i > 0) {
      while (isSpace(bytes[at] ?? 0)) at++;
      if (bytes[at++] !== COMMA) return false;
    }
    while (isSpace(bytes[at] ?? 0)) at++;
    if (bytes[at] === SMALL_N) {
      if (bytes[at + 1] !== 117 || bytes[at + 2] !== 108 || bytes[at + 3] !== 108) return false;
      at += 4;
      out[i] = Number.NaN;
      continue;
    }
    const negative = bytes[at] === MINUS;
    if (negative) at++;
    const start = at;
    let value = 0;
    let byte = bytes[at] ?? 0;
    while (isDigit(byte)) {
      value = value * 10 + (byte - ZERO);
      byte = bytes[++at] ?? 0;
    }
    const whole = at - start;
    if (whole === 0 || whole > MOST_DIGITS || (whole > 1 && bytes[start] === ZERO)) return false;
    if (byte === POINT) {
      byte = bytes[++at] ?? 0;
      const point = at;
      while (isDigit(byte)) {
        value = value * 10 + (byte - ZERO);
        byte = bytes[++at] ?? 0;
      }
      const places = at - point;
      if (places === 0 || whole + places > MOST_DIGITS) return false;
      // Both are exact, so that the quotient is the double next to the number, as the standard wants.
      value /= POWERS[places] ?? 1;
    }
    out[i] = negative ? -value : value;
  }
  while (isSpace(bytes[at] ?? 0)) at++;
  // An exponent, or another number than were asked for, is left over.
  return at === end;
}
