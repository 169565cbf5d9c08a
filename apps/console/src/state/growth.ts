import type { DatasetGrowth } from '#contracts/http/metrics';

const WEEK_MS = 7 * 86_400_000;

/** New rows of the running week, which is the last one there is only if anything has come in since Monday (UTC). */
export function newThisWeek({ week, new_rows }: DatasetGrowth, now: Date): number {
  return now.getTime() - Date.parse(week) < WEEK_MS ? new_rows : 0;
}
