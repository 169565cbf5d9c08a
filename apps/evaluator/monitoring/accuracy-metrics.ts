import { Inject, Injectable } from '@nestjs/common';
import { Gauge } from 'prom-client';
import { DataSource } from 'typeorm';
import type { Logger } from '#platform/logging';
import { Loop } from '#platform/loop/loop';
import { Loops } from '#platform/loop/loops';
import { LOGGER } from '../keys.js';
import { MonitorStore } from '../storage/monitor-store.js';

const labelNames = ['model', 'version'];
const accuracy = new Gauge({
  name: 'ratchet_live_accuracy',
  help: 'Share of the judged decisions of the last hour that has any in it, at most a day back, that were right.',
  labelNames,
});
const reference = new Gauge({
  name: 'ratchet_live_accuracy_reference',
  help: 'Accuracy the holdout led to expect of the same decisions.',
  labelNames,
});
const outcomes = new Gauge({
  name: 'ratchet_live_accuracy_outcomes',
  help: 'Judged decisions that the live accuracy was counted over.',
  labelNames,
});
const failureRate = new Gauge({
  name: 'ratchet_live_failure_rate',
  help: 'Share of the same decisions whose outcome was a failure.',
  labelNames,
});
const lifetime = new Gauge({
  name: 'ratchet_version_accuracy',
  help: 'Accuracy over all judged decisions of a version, for versions judged within 30 days.',
  labelNames,
});

const EVERY_MS = 10_000;

/** How good each version is in production, for Prometheus. Every evaluator tells the same. */
@Injectable()
export class AccuracyMetrics {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(Loops) loops: Loops,
    @Inject(MonitorStore) private readonly store: MonitorStore,
    @Inject(LOGGER) logger: Logger,
  ) {
    loops.add(new Loop({ name: 'accuracy metrics', everyMs: EVERY_MS, step: () => this.read(), logger }));
  }

  private async read(): Promise<void> {
    const rows = await this.store.accuracy(this.dataSource.manager);
    for (const gauge of [accuracy, reference, outcomes, failureRate, lifetime]) gauge.reset();
    for (const { model, version, ...row } of rows) {
      lifetime.set({ model, version }, row.lifetime);
      if (!row.recent || row.outcomes === 0) continue;
      accuracy.set({ model, version }, row.correct / row.outcomes);
      failureRate.set({ model, version }, row.failures / row.outcomes);
      outcomes.set({ model, version }, row.outcomes);
      if (row.reference !== null) reference.set({ model, version }, row.reference / row.outcomes);
    }
  }
}
