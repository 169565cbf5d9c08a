const DAY = 86_400_000;

const ABSOLUTE = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });
const DATE = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });
const SHORT_DATE = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });
const CLOCK = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });

const SECONDS = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });

/** "10:04:05" */
export const seconds = (time: Date): string => SECONDS.format(time);

/** "12 Mar 2026, 10:04:05", local time. */
export const absolute = (time: Date): string => ABSOLUTE.format(time);

/** "12 Mar 2026" */
export const date = (time: Date): string => DATE.format(time);

/** "12 Mar" */
export const shortDate = (time: Date): string => SHORT_DATE.format(time);

/** "10:04" */
export const clock = (time: Date): string => CLOCK.format(time);

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
