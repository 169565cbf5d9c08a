import { Gauge } from 'prom-client';
import type { Logger } from '#platform/logging';
import { Loop } from '#platform/loop/loop';
import type { Loops } from '#platform/loop/loops';
import type { RunQueue } from '../storage/run-queue.js';

const labelNames = ['model'];
const lastFailed = new Gauge({
  name: 'ratchet_training_last_run_failed',
  help: '1 if the run of a model that ended last has failed, 0 if it ended with a package or none has ended yet.',
  labelNames,
});
const lastSuccess = new Gauge({
  name: 'ratchet_training_last_success_timestamp_seconds',
  help: 'When a run last ended with a package.',
  labelNames,
});
const rowsTrained = new Gauge({
  name: 'ratchet_training_rows',
  help: 'Rows of the snapshot that the last successful run trained on.',
  labelNames,
});

const EVERY_MS = 5_000;

/** What became of training, for Prometheus: from the table of runs, so that a restart forgets nothing. */
export class RunMetrics {
  constructor(
    private readonly runs: Pick<RunQueue, 'lastEnded' | 'lastTrained'>,
    private readonly definitions: { names(): string[] },
    loops: Loops,
    logger: Logger,
  ) {
    loops.add(new Loop({ name: 'training metrics', everyMs: EVERY_MS, step: () => this.read(), logger }));
  }

  private async read(): Promise<void> {
    const [ended, succeeded] = await Promise.all([this.runs.lastEnded(), this.runs.lastTrained()]);
    for (const gauge of [lastFailed, lastSuccess, rowsTrained]) gauge.reset();
    // Only models that are defined: a run that was asked for by a wrong name must not be an alert for ever.
    const known = new Set(this.definitions.names());
    for (const model of known) lastFailed.set({ model }, 0);
    for (const { model, failed } of ended) if (known.has(model)) lastFailed.set({ model }, failed ? 1 : 0);
    for (const { model, rows, at } of succeeded) {
      if (!known.has(model)) continue;
      lastSuccess.set({ model }, at);
      if (rows !== null) rowsTrained.set({ model }, rows);
    }
  }
}
