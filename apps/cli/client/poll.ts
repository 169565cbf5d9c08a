import { setTimeout as pause } from 'node:timers/promises';
import { Failure } from '../failure.js';

export interface Patience {
  /** Between two looks, in milliseconds. */
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** Stands in the message when time is up, like "the deployment". */
  readonly what: string;
  readonly next: string;
}

/** Looks again and again until `settled` says so, showing each look to `show`. Throws a {@link Failure} when time is up. */
export async function poll<T>(
  look: () => Promise<T>,
  settled: (value: T) => boolean,
  patience: Patience,
  show: (value: T) => void = () => {},
): Promise<T> {
  const giveUpAt = Date.now() + patience.timeoutMs;
  for (;;) {
    const value = await look();
    show(value);
    if (settled(value)) return value;
    if (Date.now() >= giveUpAt)
      throw new Failure(
        `${patience.what} is not finished after ${Math.round(patience.timeoutMs / 1000)} s; it goes on without this command.`,
        patience.next,
      );
    await pause(patience.intervalMs);
  }
}
