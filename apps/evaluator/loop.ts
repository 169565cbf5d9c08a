import { Counter } from 'prom-client';
import type { Logger } from '#platform/logging';
import { WakeUp } from '#platform/wake-up';

const failures = new Counter({
  name: 'ratchet_evaluator_loop_failures_total',
  help: 'Times a loop of the evaluator was interrupted, by an outage or a mistake, and began again.',
  labelNames: ['loop'],
});

const LONGEST_PAUSE_MS = 10_000;

/**
 * Does `step` again and again: at once while it says that it found work, else when woken or after the poll interval. A
 * step that throws is tried again with back-off. One loop owns its state; `wake` only shortens the wait.
 */
export class Loop {
  private running: Promise<void> | null = null;
  private stopping = false;
  private readonly wakeUp = new WakeUp();

  constructor(
    private readonly name: string,
    private readonly step: () => Promise<boolean>,
    private readonly pollMs: number,
    private readonly logger: Logger,
  ) {}

  start(): void {
    this.running ??= this.run();
  }

  wake(): void {
    this.wakeUp.wake();
  }

  /** Resolves when the step in hand is done. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.wake();
    await this.running;
  }

  private async run(): Promise<void> {
    let pause = 100;
    while (!this.stopping) {
      try {
        this.wakeUp.clear();
        const worked = await this.step();
        pause = 100;
        if (!worked) await this.wakeUp.sleep(this.pollMs);
      } catch (error) {
        failures.inc({ loop: this.name });
        this.logger.warn({ err: error, loop: this.name, retry_in_ms: pause }, 'interrupted');
        await this.wakeUp.sleep(pause);
        pause = Math.min(2 * pause, LONGEST_PAUSE_MS);
      }
    }
  }
}
