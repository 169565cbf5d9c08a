import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import { Gauge } from 'prom-client';
import type { DataSource } from 'typeorm';
import type { Logger } from '#platform/logging';
import { Readings } from '#platform/readings';

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

const ENDED = `
select distinct on (model) model, state = 'failed' as failed
from training.runs where state in ('done', 'failed') order by model, finished_at desc`;
const SUCCEEDED = `
select distinct on (model) model, rows::float8 as rows, extract(epoch from finished_at)::float8 as at
from training.runs where state = 'done' order by model, finished_at desc`;

const EVERY_MS = 5_000;

/** What became of training, for Prometheus: from the table of runs, so that a restart forgets nothing. */
export class RunMetrics implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly readings: Readings;

  constructor(
    private readonly dataSource: DataSource,
    private readonly definitions: { names(): string[] },
    logger: Logger,
  ) {
    this.readings = new Readings('training', EVERY_MS, () => this.read(), logger);
  }

  onApplicationBootstrap(): void {
    this.readings.start();
  }

  onModuleDestroy(): Promise<void> {
    return this.readings.stop();
  }

  private async read(): Promise<void> {
    const [ended, succeeded] = await Promise.all([
      this.dataSource.query<{ model: string; failed: boolean }[]>(ENDED),
      this.dataSource.query<{ model: string; rows: number | null; at: number }[]>(SUCCEEDED),
    ]);
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
