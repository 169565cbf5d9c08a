import { chosenZone } from './zone.js';

const DAY = 86_400_000;

/** Writes times in the zone that is chosen. */
function written(options: Intl.DateTimeFormatOptions): (time: Date) => string {
  const formats = {
    local: new Intl.DateTimeFormat('en-GB', options),
    utc: new Intl.DateTimeFormat('en-GB', { ...options, timeZone: 'UTC' }),
  };
  return (time) => formats[chosenZone()].format(time);
}

/** "10:04:05" */
export const seconds = written({ hour: '2-digit', minute: '2-digit', second: '2-digit' });

/** "12 Mar 2026, 10:04:05 CET" */
export const absolute = written({
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  timeZoneName: 'short',
});

/** "12 Mar 2026" */
export const date = written({ day: 'numeric', month: 'short', year: 'numeric' });

/** "12 Mar" */
export const shortDate = written({ day: 'numeric', month: 'short' });

/** "10:04" */
export const clock = written({ hour: '2-digit', minute: '2-digit' });

const WEEK = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' });

/** "9 Mar" of a week that begins on "2026-03-09": a day of the calendar, which is the same in every zone. */
export const weekOf = (day: string): string => WEEK.format(new Date(day));

const UNITS = [
  ['d', DAY],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
] as const;

/** 3_725_000 → "1 h 2 min"; at most two units, the second only where it says something. */
export function duration(ms: number): string {
  const whole = Math.max(0, Math.round(ms / 1000) * 1000);
  const first = UNITS.findIndex(([, size]) => whole >= size);
  const unit = UNITS[first];
  if (unit === undefined) return '0\u00a0s';
  const amount = Math.floor(whole / unit[1]);
  const next = UNITS[first + 1];
  const rest = next === undefined || amount >= 10 ? 0 : Math.floor((whole % unit[1]) / next[1]);
  const head = `${amount}\u00a0${unit[0]}`;
  return rest === 0 || next === undefined ? head : `${head} ${rest}\u00a0${next[0]}`;
}

/** "just now", "3 min ago", "2 d ago", and the date from a week on. */
export function relative(time: Date, now: Date): string {
  const ms = now.getTime() - time.getTime();
  if (ms < -5000) return `in ${oneUnit(-ms)}`;
  if (ms < 5000) return 'just now';
  return ms < 7 * DAY ? `${oneUnit(ms)} ago` : date(time);
}

function oneUnit(ms: number): string {
  const [name, size] = UNITS.find(([, unit]) => ms >= unit) ?? UNITS[3];
  return `${Math.floor(ms / size)}\u00a0${name}`;
}
