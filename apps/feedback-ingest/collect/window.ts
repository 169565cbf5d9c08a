import { parseIsoTime } from '#domain/feedback/timestamp';
import type { HistoricalRecord } from './historical-api.js';

/** What the API is asked for first; its own default. */
export const FIRST_LIMIT = 1_000;
/** A reply of this size is the most that is held in memory. */
export const LARGEST_LIMIT = 256_000;
const GROWTH = 4;
const DAY_MS = 86_400_000;

export interface Window {
  /** Milliseconds since 1970: exactly so many times 24 hours ago. */
  readonly from: number;
  /** The day that holds it, in UTC, which is as fine as the API can be asked. */
  readonly minDate: string;
}

export function windowOf(now: number, sinceDays: number): Window {
  const from = now - sinceDays * DAY_MS;
  return { from, minDate: new Date(from).toISOString().slice(0, 10) };
}

export interface FetchedWindow {
  readonly records: HistoricalRecord[];
  /** What is missing, as a sentence; null when nothing is. */
  readonly gap: string | null;
}

type FetchSince = (minDate: string, limit: number) => Promise<HistoricalRecord[]>;

/** The oldest time among records; null where none has one. */
function oldest(records: readonly HistoricalRecord[]): number | null {
  let least: number | null = null;
  for (const { created_at: createdAt } of records) {
    const time = typeof createdAt === 'string' ? parseIsoTime(createdAt) : null;
    if (time !== null && (least === null || time / 1000 < least)) least = time / 1000;
  }
  return least;
}

function gapBetween(window: Window, records: readonly HistoricalRecord[], why: string): string {
  const reached = oldest(records);
  const until = reached === null ? 'now' : new Date(reached).toISOString();
  return `records from ${new Date(window.from).toISOString()} to ${until} may be missing: ${why}`;
}

/**
 * Fetches a window whole. A reply as long as its limit was cut, so the limit grows until one is shorter. An API that
 * gives no more however much it is asked for has a limit of its own, behind which nothing can be reached: then the gap
 * is told.
 *
 * A shorter reply may still have been cut by the API's own limit. It was not, if a window that begins earlier brings
 * more.
 */
export async function fetchWindow(fetchSince: FetchSince, window: Window): Promise<FetchedWindow> {
  let records: HistoricalRecord[] = [];
  for (let limit = FIRST_LIMIT; limit <= LARGEST_LIMIT; limit *= GROWTH) {
    let reply: HistoricalRecord[];
    try {
      reply = await fetchSince(window.minDate, limit);
    } catch (error) {
      if (records.length === 0) throw error;
      return { records, gap: gapBetween(window, records, error instanceof Error ? error.message : String(error)) };
    }
    const grown = records.length > 0;
    records = reply;
    if (reply.length >= limit) continue;
    if (!grown || reply.length < FIRST_LIMIT) return { records, gap: null };
    if (!(await isCapped(fetchSince, reply.length, limit))) return { records, gap: null };
    const why = `the API gives at most ${reply.length} records, whatever limit it is asked for`;
    return { records, gap: gapBetween(window, records, why) };
  }
  return { records, gap: gapBetween(window, records, `there are more than ${records.length} records`) };
}

/** Long before anything this system learns from. */
const BEGINNING = '2000-01-01';

/** Whether a reply shorter than its limit looks cut all the same. An odd number of records is no limit anybody sets. */
async function isCapped(fetchSince: FetchSince, length: number, limit: number): Promise<boolean> {
  if (length % 50 !== 0) return false;
  return (await fetchSince(BEGINNING, limit)).length <= length;
}

/** Whether a record lies in the window. One whose time cannot be read does not hide: it is rejected later, by name. */
export function isInside(window: Window, record: HistoricalRecord): boolean {
  const { created_at: createdAt } = record;
  const time = typeof createdAt === 'string' ? parseIsoTime(createdAt) : null;
  return time === null || time / 1000 >= window.from;
}
