import { Rejected, shown } from './record.js';

/** Microseconds since 1970. */
export type Micros = number;

const DAY: Micros = 86_400_000_000;
/** Nothing this system learns from is older. */
const EARLIEST: Micros = Date.UTC(2000, 0, 1) * 1000;

const ISO = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?(?:([Zz])|([+-])(\d\d):?(\d\d)?)$/;
const UNIX = /^[+-]?\d+(?:\.\d+)?$/;

/** The day of the last time that was read: events of one batch are mostly of one day. */
let lastDay = '';
let lastMidnight = Number.NaN;

/** Milliseconds since 1970 at the beginning of a day in UTC; NaN for a day that does not exist. */
function midnightOf(day: string): number {
  if (day !== lastDay) {
    const date = new Date(`${day}T00:00:00Z`);
    lastDay = day;
    // A 30th of February is read as one of March.
    lastMidnight = date.getUTCDate() === Number(day.slice(8)) ? date.getTime() : Number.NaN;
  }
  return lastMidnight;
}

/** ISO 8601 with seconds and a zone; null for anything else, a 30th of February included. */
export function parseIsoTime(text: string): Micros | null {
  const match = ISO.exec(text);
  if (match === null) return null;
  const [, year, month, day, hour, minute, second, fraction, , sign, zoneHour, zoneMinute] = match;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return null;
  const midnight = midnightOf(`${year}-${month}-${day}`);
  if (Number.isNaN(midnight)) return null;
  const seconds = Number(hour) * 3600 + Number(minute) * 60 + Number(second);
  const micros = fraction === undefined ? 0 : Number(fraction.padEnd(6, '0').slice(0, 6));
  let offset = 0;
  if (sign !== undefined) {
    if (Number(zoneHour) > 15 || Number(zoneMinute ?? 0) > 59) return null;
    offset = (Number(zoneHour) * 60 + Number(zoneMinute ?? 0)) * (sign === '-' ? -60 : 60);
  }
  return midnight * 1000 + (seconds - offset) * 1_000_000 + micros;
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
  if (time < EARLIEST || time > now + DAY)
    throw new Rejected(
      'time-out-of-range',
      field,
      `expected a time from the year 2000 to one day ahead${looksLikeMillis(value, now) ? ', in seconds and not milliseconds' : ''}; got ${shown(value)}`,
    );
  return time;
}

function parseTime(value: unknown): Micros | null {
  if (typeof value === 'number') return Number.isFinite(value) ? unixSeconds(value) : null;
  if (typeof value !== 'string') return null;
  const text = value.trim();
  return UNIX.test(text) ? unixSeconds(Number(text)) : parseIsoTime(text);
}

/** A double holds seconds of this century to the microsecond or better. */
const unixSeconds = (seconds: number): Micros => Math.round(seconds * 1_000_000);

const looksLikeMillis = (value: unknown, now: Micros): boolean => {
  const number = Number(value);
  return number * 1000 >= EARLIEST && number * 1000 <= now + DAY;
};
