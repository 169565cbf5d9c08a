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

/** Long before anything this system learns from. */
const BEGINNING = '2000-01-01';

/**
 * Fetches a window whole. A reply as long as its limit was cut, so the limit grows until one is shorter.
 *
 * If a larger limit brings no more than the one that was cut, the API has a limit of its own, and behind it nothing can
 * be reached: then the gap is told. Unless a window that begins earlier does bring more; then there simply is no more.
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
    const before = records.length;
    records = reply;
    if (reply.length >= limit) continue;
    if (reply.length > before || before === 0 || (await fetchSince(BEGINNING, limit)).length > reply.length)
      return { records, gap: null };
    const why = `the API gives at most ${reply.length} records, whatever limit it is asked for`;
    return { records, gap: gapBetween(window, records, why) };
  }
  return { records, gap: gapBetween(window, records, `there are more than ${records.length} records`) };
}

/** Whether a record lies in the window. One whose time cannot be read does not hide: it is rejected later, by name. */
export function isInside(window: Window, record: HistoricalRecord): boolean {
  const { created_at: createdAt } = record;
  const time = typeof createdAt === 'string' ? parseIsoTime(createdAt) : null;
  return time === null || time / 1000 >= window.from;
}
