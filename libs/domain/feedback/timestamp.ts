import { Rejected, shown } from './record.js';

/** Microseconds since 1970. */
export type Micros = number;

const DAY: Micros = 86_400_000_000;
/** Nothing this system learns from is older. */
const EARLIEST: Micros = Date.UTC(2000, 0, 1) * 1000;

const ISO = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?(?:([Zz])|([+-])(\d\d):?(\d\d)?)$/;
const UNIX = /^[+-]?\d+(?:\.\d+)?$/;

/** The day of the last time that was read: events of one batch are mostly of one day. */
const lastDay = { year: 0, month: 0, day: 0, midnight: Number.NaN };

/** Milliseconds since 1970 at the beginning of a day in UTC; NaN for a day that does not exist. */
function midnightOf(year: number, month: number, day: number): number {
  if (day !== lastDay.day || month !== lastDay.month || year !== lastDay.year) {
    const date = new Date(Date.UTC(year, month - 1, day));
    const exists = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
    Object.assign(lastDay, { year, month, day, midnight: exists ? date.getTime() : Number.NaN });
  }
  return lastDay.midnight;
}

/** Null for a day or a time of day that does not exist. */
function utc(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
  micros: number,
): Micros | null {
  if (hour > 23 || minute > 59 || second > 59) return null;
  const midnight = midnightOf(year, month, day);
  return Number.isNaN(midnight) ? null : midnight * 1000 + (hour * 3600 + minute * 60 + second) * 1_000_000 + micros;
}

/** So many digits as a number; NaN when they are not all digits. */
function digits(text: string, from: number, count: number): number {
  let value = 0;
  for (let i = from; i < from + count; i++) {
    const digit = text.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}

/** The two forms most programs write, without anything left for the garbage collector; NaN for any other. */
function parseUsualTime(text: string): Micros | null {
  const { length } = text;
  if (
    (length !== '2026-01-04T09:12:31Z'.length && length !== '2026-01-04T09:12:31.123Z'.length) ||
    text[4] !== '-' ||
    text[7] !== '-' ||
    text[10] !== 'T' ||
    text[13] !== ':' ||
    text[16] !== ':' ||
    text[length - 1] !== 'Z' ||
    (length > 20 && text[19] !== '.')
  )
    return Number.NaN;
  const [year, month, day] = [digits(text, 0, 4), digits(text, 5, 2), digits(text, 8, 2)];
  const [hour, minute, second] = [digits(text, 11, 2), digits(text, 14, 2), digits(text, 17, 2)];
  const micros = length > 20 ? digits(text, 20, 3) * 1000 : 0;
  if (Number.isNaN(year + month + day + hour + minute + second + micros)) return Number.NaN;
  return utc(year, month, day, hour, minute, second, micros);
}

/** ISO 8601 with seconds and a zone; null for anything else, a 30th of February included. */
export function parseIsoTime(text: string): Micros | null {
  const usual = parseUsualTime(text);
  if (!Number.isNaN(usual)) return usual;
  const match = ISO.exec(text);
  if (match === null) return null;
  const [, year, month, day, hour, minute, second, fraction, , sign, zoneHour, zoneMinute] = match;
  const micros = fraction === undefined ? 0 : Number(fraction.padEnd(6, '0').slice(0, 6));
  const time = utc(Number(year), Number(month), Number(day), Number(hour), Number(minute), Number(second), micros);
  if (time === null || sign === undefined) return time;
  if (Number(zoneHour) > 15 || Number(zoneMinute ?? 0) > 59) return null;
  return time - (Number(zoneHour) * 60 + Number(zoneMinute ?? 0)) * (sign === '-' ? -60_000_000 : 60_000_000);
}

/**
 * The time of an event: ISO 8601 with a zone, or Unix seconds as a number or numeric text. Null where there is none.
 * Never guesses: what cannot be read, and what lies before the year 2000 or more than a day ahead, is rejected.
 *
 * @param now the present, against which "ahead" is measured
 */
export function readTime(value: unknown, field: string, now: Micros): Micros | null {
  if (value === undefined || value === null) return null;
  const time = parseTime(value);
  if (time === null)
    throw new Rejected(
      'unreadable-time',
      field,
      `expected ISO 8601 with a zone, like 2026-01-04T09:12:31Z, or Unix seconds; got ${shown(value)}`,
    );
  if (!isTimely(time, now))
    throw new Rejected(
      'time-out-of-range',
      field,
      `expected a time from the year 2000 to one day ahead${looksLikeMillis(value, now) ? ', in seconds and not milliseconds' : ''}; got ${shown(value)}`,
    );
  return time;
}

/** Neither older than anything this system learns from, nor more than a day ahead. */
export const isTimely = (time: Micros, now: Micros): boolean => time >= EARLIEST && time <= now + DAY;

function parseTime(value: unknown): Micros | null {
  if (typeof value === 'number') return Number.isFinite(value) ? unixSeconds(value) : null;
  if (typeof value !== 'string') return null;
  const text = value.trim();
  return UNIX.test(text) ? unixSeconds(Number(text)) : parseIsoTime(text);
}

/** A double holds seconds of this century to the microsecond or better. */
export const unixSeconds = (seconds: number): Micros => Math.round(seconds * 1_000_000);

const looksLikeMillis = (value: unknown, now: Micros): boolean => {
  const number = Number(value);
  return number * 1000 >= EARLIEST && number * 1000 <= now + DAY;
};
