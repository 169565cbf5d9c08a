import type { Logger } from '../logging.js';
import { countRun, watchLoop } from './loop-metrics.js';
import { WakeUp } from './wake-up.js';

export interface LoopOptions {
  /** What it does, in a word or two, its own within a service: in metrics, in /health/ready and in the log. */
  readonly name: string;
  /** Pause between two steps of which the first found nothing more to do; a wake-up ends it early. */
  readonly everyMs: number;
  /**
   * One round of the work. Resolves to true when there is more to do at once. `stopping` is aborted when the service
   * stops, for steps that take long.
   */
  readonly step: (stopping: AbortSignal) => Promise<boolean> | Promise<void>;
  readonly logger: Logger;
  /** The first step comes so much later than the start; 0 if left out. */
  readonly firstAfterMs?: number;
  /** A failed step is repeated after 100 ms, and ever later up to this; 10 s if left out. */
  readonly longestBackOffMs?: number;
  /** How long one step, or the one in hand, may take before it counts as late; a minute if left out. */
  readonly patienceMs?: number | (() => number);
  /** The end does not wait for the step in hand: it may wait for what is away. */
  readonly abandonable?: boolean;
}

/** How a loop is doing. */
export interface LoopStatus {
  readonly name: string;
  /** When its last step that did not fail ended; null before the first. */
  readonly lastRun: Date | null;
  /** Its latest failure, also if it has worked since. */
  readonly lastFailure: { readonly at: Date; readonly reason: string } | null;
  /** For how long the step in hand has been running; null between steps. */
  readonly runningMs: number | null;
  /** How long ago it should have come to a good end once more; 0 while it is in time. */
  readonly lateMs: number;
  /** The step in hand has been running for many times longer than any should. */
  readonly hanging: boolean;
}

const FIRST_BACK_OFF_MS = 100;
const LONGEST_BACK_OFF_MS = 10_000;
const PATIENCE_MS = 60_000;
/** What a busy process may be behind with its timers. */
const IN_TIME_MS = 5_000;
/** A step that takes this many times its patience is taken for lost. */
const LOST_AFTER_PATIENCES = 10;

/**
 * Work that is done again and again while a service runs. One step at a time: at once while there is more to do, else when
 * woken or after a pause; a step that fails is tried again with back-off, whatever it threw. Nothing ends the loop but `stop`.
 */
export class Loop {
  private readonly stopping = new AbortController();
  private readonly wakeUp = new WakeUp();
  /** Woken by the end only. */
  private readonly ending = new WakeUp();
  private running: Promise<void> | null = null;
  private unwatch: () => void = () => undefined;
  private startedAt = Date.now();
  private stepSince: number | null = null;
  private lastSuccess: number | null = null;
  private lastFailure: LoopStatus['lastFailure'] = null;
  private failures = 0;

  constructor(private readonly options: LoopOptions) {}

  get name(): string {
    return this.options.name;
  }

  start(): void {
    if (this.running !== null || this.stopping.signal.aborted) return;
    this.startedAt = Date.now();
    this.unwatch = watchLoop(this);
    this.running = this.run();
  }

  /** Makes it look now; during a step, once more right after it. */
  wake(): void {
    this.wakeUp.wake();
  }

  /** Resolves when the step in hand is over, unless it may be abandoned; no other one begins. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.ending.wake();
    this.wake();
    if (!this.options.abandonable) await this.running;
    this.unwatch();
  }

  status(now = Date.now()): LoopStatus {
    const { name, everyMs, firstAfterMs = 0, patienceMs: patience = PATIENCE_MS } = this.options;
    const patienceMs = typeof patience === 'function' ? patience() : patience;
    const runningMs = this.stepSince === null ? null : now - this.stepSince;
    const due = this.lastSuccess === null ? this.startedAt + firstAfterMs : this.lastSuccess + everyMs;
    const late = runningMs !== null && this.failures === 0 ? runningMs - patienceMs : now - due - IN_TIME_MS;
    return {
      name,
      lastRun: this.lastSuccess === null ? null : new Date(this.lastSuccess),
      lastFailure: this.lastFailure,
      runningMs,
      lateMs: Math.max(0, late),
      hanging: runningMs !== null && runningMs > LOST_AFTER_PATIENCES * patienceMs,
    };
  }

  /** Milliseconds since a step last came to a good end, or since the start. */
  sinceSuccess(now = Date.now()): number {
    return now - (this.lastSuccess ?? this.startedAt);
  }

  private async run(): Promise<void> {
    const { everyMs, firstAfterMs = 0, longestBackOffMs = LONGEST_BACK_OFF_MS } = this.options;
    if (firstAfterMs > 0) await this.wakeUp.sleep(firstAfterMs);
    let backOff = FIRST_BACK_OFF_MS;
    while (!this.stopping.signal.aborted) {
      this.wakeUp.clear();
      try {
        const more = await this.step();
        backOff = FIRST_BACK_OFF_MS;
        if (!more && !this.stopping.signal.aborted) await this.wakeUp.sleep(everyMs);
      } catch (error) {
        if (this.stopping.signal.aborted) return;
        this.failed(error, backOff);
        // Wake-ups do not shorten this one: whatever is broken would be asked as often as there is news.
        await this.ending.sleep(backOff);
        backOff = Math.min(2 * backOff, longestBackOffMs);
      }
    }
  }

  private async step(): Promise<boolean> {
    this.stepSince = Date.now();
    try {
      const more = (await this.options.step(this.stopping.signal)) === true;
      this.succeeded();
      return more;
    } finally {
      this.stepSince = null;
    }
  }

  private succeeded(): void {
    this.lastSuccess = Date.now();
    countRun(this.name, 'done');
    if (this.failures > 0) this.options.logger.info({ loop: this.name, failures: this.failures }, 'works again');
    this.failures = 0;
  }

  /** What fails again and again for one reason, like an outage, is told once. */
  private failed(error: unknown, retryInMs: number): void {
    const reason = error instanceof Error ? error.message : String(error);
    const told = this.failures > 0 && reason === this.lastFailure?.reason;
    this.failures++;
    this.lastFailure = { at: new Date(), reason };
    countRun(this.name, 'failed');
    this.options.logger[told ? 'debug' : 'warn'](
      { err: error, loop: this.name, retry_in_ms: retryInMs },
      'failed, will be tried again',
    );
  }
}
