import { Counter, Gauge } from 'prom-client';
import type { Logger } from './logging.js';

const readAt = new Gauge({
  name: 'ratchet_reading_timestamp_seconds',
  help: 'When the gauges of a reading, taken from Postgres or Kafka, were last brought up to date.',
  labelNames: ['reading'],
});
const failures = new Counter({
  name: 'ratchet_reading_failures_total',
  help: 'Times a reading could not be taken; its gauges keep their last values.',
  labelNames: ['reading'],
});

/**
 * Brings gauges up to date whose truth is in Postgres or Kafka, again and again. Apart from the scrape, so that an outage
 * out there neither delays nor fails `/metrics`; how old the numbers are is a metric itself.
 */
export class Readings {
  private timer: NodeJS.Timeout | null = null;
  private stopped = false;
  private current: Promise<void> = Promise.resolve();

  constructor(
    private readonly name: string,
    private readonly everyMs: number,
    private readonly read: () => Promise<void>,
    private readonly logger: Logger,
  ) {}

  /** Takes the first reading at once. */
  start(): void {
    if (this.timer === null && !this.stopped) this.take();
  }

  /** Resolves when a reading under way is over. */
  async stop(): Promise<void> {
    this.stopped = true;
    if (this.timer !== null) clearTimeout(this.timer);
    await this.current;
  }

  private take(): void {
    this.current = this.read()
      .then(
        () => readAt.set({ reading: this.name }, Date.now() / 1000),
        (error: unknown) => {
          failures.inc({ reading: this.name });
          if (!this.stopped) this.logger.warn({ err: error, reading: this.name }, 'metrics are not up to date');
        },
      )
      .finally(() => {
        if (!this.stopped) this.timer = setTimeout(() => this.take(), this.everyMs);
      });
  }
}
