import type { Logger } from '#platform/logging';
import { Loop } from '#platform/loop/loop';
import type { ClaimedRun } from '../storage/claimed-run.js';
import type { RunQueue } from '../storage/run-queue.js';

/** It has taken longer than it may. */
export class Overdue extends Error {
  override readonly name = 'Overdue';
}

/** The run is not this worker's any more: somebody cancelled it, or took it over. */
export class Lost extends Error {
  override readonly name = 'Lost';
}

/** What is killed is gone within this time; whatever else then still hangs is left to itself. */
const GRACE_MS = 10_000;

export interface RunWatchOptions {
  readonly run: ClaimedRun;
  readonly queue: Pick<RunQueue, 'owns'>;
  readonly deadlineMs: number;
  /** How often it looks whether the run is still its worker's, besides being told. */
  readonly everyMs: number;
  /** Ends the run with its reason. */
  readonly stopping: AbortSignal;
  readonly logger: Logger;
}

/** Sees to it that the run in hand ends: at its deadline, when it was cancelled, and when the trainer stops. */
export class RunWatch {
  private readonly end = new AbortController();
  private readonly deadline: NodeJS.Timeout;
  private readonly loop: Loop;

  constructor(private readonly options: RunWatchOptions) {
    const { run, queue, deadlineMs, everyMs, stopping, logger } = options;
    this.deadline = setTimeout(() => this.end.abort(new Overdue()), deadlineMs);
    // While Postgres is away, nobody can have taken the run.
    const step = async (): Promise<void> => {
      if (!(await queue.owns(run))) this.end.abort(new Lost());
    };
    this.loop = new Loop({ name: 'run in hand', everyMs, step, logger, longestBackOffMs: everyMs, abandonable: true });
    this.loop.start();
    stopping.addEventListener('abort', this.stop);
    if (stopping.aborted) this.stop();
  }

  get runId(): string {
    return this.options.run.runId;
  }

  /** Longer than this, the work should not take: its deadline and the time to end. */
  get patienceMs(): number {
    return this.options.deadlineMs + 2 * GRACE_MS;
  }

  /** Aborted, with the reason, when the work has to end. */
  get signal(): AbortSignal {
    return this.end.signal;
  }

  /** The work's result, or the reason for which it had to end, even if it does not heed the signal. */
  async over<T>(work: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const abandoned = new Promise<never>((_, reject) => {
      const abandon = (): void => {
        this.options.logger.error({ after_ms: GRACE_MS }, 'what was ended does not end, and is left to itself');
        reject(this.signal.reason);
      };
      this.signal.addEventListener('abort', () => {
        timer = setTimeout(abandon, GRACE_MS);
      });
    });
    try {
      return await Promise.race([work, abandoned]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Looks now whether the run is still its worker's. */
  look(): void {
    this.loop.wake();
  }

  close(): void {
    clearTimeout(this.deadline);
    void this.loop.stop();
    this.options.stopping.removeEventListener('abort', this.stop);
  }

  private readonly stop = (): void => this.end.abort(this.options.stopping.reason);
}
