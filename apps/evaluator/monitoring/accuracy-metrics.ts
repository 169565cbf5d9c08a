import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Gauge } from 'prom-client';
import { DataSource } from 'typeorm';
import type { Logger } from '#platform/logging';
import { Readings } from '#platform/readings';
import { LOGGER } from '../tokens.js';

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

/** The hour ends where a version's newest outcomes are, so that one without traffic keeps its last word for a day. */
const ACCURACY = `
select v.model, v.version, v.lifetime, newest.at > now() - interval '1 day' as recent, hour.*
from (
  select model, version, sum(correct)::float8 / sum(outcomes) as lifetime
  from evaluation.accuracy_hours where role in ('live', 'canary') and outcomes > 0
  group by model, version having max(window_start) > now() - interval '30 days'
) v
join lateral (
  select max(window_start) as at from evaluation.accuracy_windows w
  where w.model = v.model and w.version = v.version and w.role in ('live', 'canary') and w.outcomes > 0
) newest on true
join lateral (
  select sum(outcomes)::float8 as outcomes, sum(correct)::float8 as correct, sum(failures)::float8 as failures,
    sum(reference_sum)::float8 as reference
  from evaluation.accuracy_windows w
  where w.model = v.model and w.version = v.version and w.role in ('live', 'canary') and w.outcomes > 0
    and w.window_start > newest.at - interval '1 hour'
) hour on true
where newest.at is not null`;

interface AccuracyRow {
  model: string;
  version: string;
  lifetime: number;
  recent: boolean;
  outcomes: number;
  correct: number;
  failures: number;
  reference: number | null;
}

const EVERY_MS = 10_000;

/** How good each version is in production, for Prometheus. Every evaluator tells the same. */
@Injectable()
export class AccuracyMetrics implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly readings: Readings;

  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(LOGGER) logger: Logger,
  ) {
    this.readings = new Readings('accuracy', EVERY_MS, () => this.read(), logger);
  }

  onApplicationBootstrap(): void {
    this.readings.start();
  }

  onModuleDestroy(): Promise<void> {
    return this.readings.stop();
  }

  private async read(): Promise<void> {
    const rows = await this.dataSource.query<AccuracyRow[]>(ACCURACY);
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
