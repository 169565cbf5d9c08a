import { setTimeout as pause } from 'node:timers/promises';

export interface UntilOptions {
  /** Give up after this many milliseconds. */
  readonly deadlineMs?: number;
  /** Milliseconds between two looks. */
  readonly everyMs?: number;
  /** Gives up at once, with this error, when it returns one: the awaited thing can no longer come. */
  readonly hopeless?: () => Error | null;
  /** Gives up at once when it is aborted. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Looks again and again until `check` returns something other than null, undefined or false, and returns that.
 * A throwing check counts as "not yet"; its last error is part of the message when the deadline passes.
 */
export async function until<T>(
  what: string,
  check: () => Promise<T | null | undefined | false> | T | null | undefined | false,
  { deadlineMs = 60_000, everyMs = 50, hopeless, signal }: UntilOptions = {},
): Promise<T> {
  const end = Date.now() + deadlineMs;
  let last = 'not yet';
  for (;;) {
    try {
      const found = await check();
      if (found !== null && found !== undefined && found !== false) return found;
      last = 'not yet';
    } catch (error) {
      last = error instanceof Error ? error.message || error.name : String(error);
    }
    const lost = signal?.aborted ? new Error(`stopped while waiting for ${what}`) : hopeless?.();
    if (lost) throw lost;
    if (Date.now() >= end) throw new Error(`waited ${Math.round(deadlineMs / 1000)} s for ${what}; last look: ${last}`);
    await pause(everyMs);
  }
}
