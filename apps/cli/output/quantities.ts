/** Numbers and times as a person reads them. Null and undefined are a dash. */

const DASH = '–';

/** 0.8734 */
export function ratio(value: number | null | undefined): string {
  return value === null || value === undefined ? DASH : value.toFixed(4);
}

/** +0.0123 */
export function signed(value: number | null | undefined): string {
  if (value === null || value === undefined) return DASH;
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(4)}`;
}

/** +1,234 */
export function signedCount(value: number | null | undefined): string {
  if (value === null || value === undefined) return DASH;
  return `${value < 0 ? '−' : '+'}${count(Math.abs(value))}`;
}

/** 0.0314, and 1.6e-6 for what that would hide */
export function pValue(value: number | null | undefined): string {
  if (value === null || value === undefined) return DASH;
  return value > 0 && value < 0.0001 ? value.toExponential(1) : value.toFixed(4);
}

/** 12,345 */
export function count(value: number | null | undefined): string {
  return value === null || value === undefined ? DASH : value.toLocaleString('en-US');
}

/** 4 % */
export function percent(share: number): string {
  return `${Math.floor(share * 100)} %`;
}

/** 12.3 % of a whole; a dash of nothing */
export function share(part: number, whole: number): string {
  return whole === 0 ? DASH : `${((part / whole) * 100).toFixed(1)} %`;
}

/** 12, 0.3333, 1,234.5: as many digits as say something */
export function number(value: number): string {
  return value.toLocaleString('en-US', { maximumSignificantDigits: Math.abs(value) >= 1000 ? 6 : 4 });
}

/** 512 bytes, 1.5 kB, 3.4 MB, with a kB of 1,000 bytes */
export function size(bytes: number): string {
  if (bytes < 1000) return plural(bytes, 'byte');
  const units = ['kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length, Math.floor(Math.log10(bytes) / 3));
  return `${(bytes / 1000 ** power).toFixed(1)} ${units[power - 1]}`;
}

/** 12 ms, 3.4 s, 2 min 5 s */
export function duration(milliseconds: number | null | undefined): string {
  if (milliseconds === null || milliseconds === undefined) return DASH;
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 60_000) return `${(milliseconds / 1000).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

let clock = clockOf('UTC');

function clockOf(zone: string) {
  const format = new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: 'medium', timeZone: zone });
  return { format, name: /^(?:Etc\/)?(?:UTC|GMT)$/.test(zone) ? 'UTC' : zone };
}

/** From here on times are those of this zone, like Europe/Berlin. A process runs one command line. */
export function showTimesIn(zone: string): void {
  clock = clockOf(zone);
}

/** 2026-01-04 09:12:31, in the zone that {@link zoneName} names */
export function when(timestamp: string | null | undefined): string {
  return timestamp === null || timestamp === undefined ? DASH : clock.format.format(new Date(timestamp));
}

/** UTC, or Europe/Berlin */
export const zoneName = (): string => clock.name;

/** The title of a column of times: SINCE (UTC) */
export const zoned = (title: string): string => `${title} (${clock.name})`;

/** The first digits of a digest, hash or UUID, enough to recognise it. */
export function short(id: string | null | undefined): string {
  if (id === null || id === undefined) return DASH;
  const digits = id.replace(/^sha256:/, '');
  return digits.slice(0, digits.includes('-') ? 8 : 12);
}

export function orDash(text: string | null | undefined): string {
  return text === null || text === undefined || text === '' ? DASH : text;
}

/** 1 row, 2 rows */
export function plural(n: number, word: string): string {
  return `${count(n)} ${word}${n === 1 ? '' : 's'}`;
}
