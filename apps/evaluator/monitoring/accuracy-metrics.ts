import { Inject, Injectable } from '@nestjs/common';
import { Counter, Gauge } from 'prom-client';
import { DataSource } from 'typeorm';
import type { Logger } from '#platform/logging';
import { Loop } from '#platform/loop/loop';
import { Loops } from '#platform/loop/loops';
import { LOGGER } from '../keys.js';
import { ModelRules } from '../model-rules.js';
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
const drops = new Counter({
  name: 'ratchet_accuracy_drops_total',
  help: 'Drops of live accuracy that were found and told as model.accuracy-drop, over all evaluators and since the first.',
  labelNames: ['model'],
});

const EVERY_MS = 10_000;

/** How good each version is in production, for Prometheus. Every evaluator tells the same. */
@Injectable()
export class AccuracyMetrics {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(Loops) loops: Loops,
    @Inject(MonitorStore) private readonly store: MonitorStore,
    @Inject(ModelRules) private readonly rules: ModelRules,
    @Inject(LOGGER) logger: Logger,
  ) {
    loops.add(new Loop({ name: 'accuracy metrics', everyMs: EVERY_MS, step: () => this.read(), logger }));
  }

  private async read(): Promise<void> {
    const { manager } = this.dataSource;
    const [rows, told] = await Promise.all([this.store.accuracy(manager), this.store.drops(manager)]);
    // From here on nothing waits, so that no scrape sees half of it.
    for (const metric of [accuracy, reference, outcomes, failureRate, lifetime, drops]) metric.reset();
    // A series that begins with its first event hides that event from `increase`.
    for (const model of this.rules.models()) drops.inc({ model }, 0);
    for (const { model, n } of told) drops.inc({ model }, n);
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
