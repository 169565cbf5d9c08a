import { appendFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { until } from '../../deploy/local/until.js';

/** What docs/operations/disaster-recovery.md promises: after this time everything agrees, without a hand on it. */
export const PROMISED_MS = 30_000;
/** Measured times are added to this file, a line a disaster. */
const { RECOVERY_TIMES } = process.env;

/** The time since a disaster was over: since what was lost is there again, made anew or restored, or since it was done to something that runs. */
export class Recovery {
  private readonly since = performance.now();

  /** @param disaster null where nothing had happened, and the time is no news */
  constructor(private readonly disaster: string | null) {}

  /** Waits for no longer than promised until everything is as it should be. */
  async within<T>(check: Parameters<typeof until<T>>[1]): Promise<T> {
    const deadlineMs = PROMISED_MS - (performance.now() - this.since);
    const found = await until<T>(`${this.disaster ?? 'everything'} to be over`, check, { deadlineMs });
    const seconds = ((performance.now() - this.since) / 1000).toFixed(1);
    if (RECOVERY_TIMES && this.disaster !== null) appendFileSync(RECOVERY_TIMES, `${seconds} s\t${this.disaster}\n`);
    return found;
  }
}
