import type { Heartbeat } from '#contracts/events/deployment';

/** As often as serving tells that it is there. */
export const BEAT_MS = 2000;

/** What instances say that are ready and hear everything; all of them have the same models. */
export function heartbeatsOf(
  instances: readonly string[],
  started_at: string,
  models: Heartbeat['models'],
): Heartbeat[] {
  const at = new Date().toISOString();
  return instances.map((instance, i) => ({
    ...{ instance, url: `http://127.0.0.1:${10_000 + i}`, started_at, at },
    ...{ ready: true, deaf_since: null, models },
  }));
}
