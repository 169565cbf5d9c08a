import { Inject, Injectable } from '@nestjs/common';
import { Gauge } from 'prom-client';
import { DataSource, type EntityManager } from 'typeorm';
import { v4 as uuidv4 } from 'uuid';
import { beating } from '#database/standing-still';
import { assessDrift, FEWEST_ROWS, type FeatureDrift } from '#domain/monitoring/drift';
import { driftNews } from '#domain/monitoring/drift-news';
import type { Outbox } from '#outbox/outbox';
import type { Logger } from '#platform/logging';
import { Loop } from '#platform/loop/loop';
import { Loops } from '#platform/loop/loops';
import type { EvaluatorConfig } from '../config.js';
import { BrokenPackageError } from '../holdout/loaded-model.js';
import { CLOCK, type Clock, EVALUATOR_CONFIG, LOGGER, OUTBOX } from '../keys.js';
import { ModelRules } from '../model-rules.js';
import { DriftStore, type LiveVersion } from '../storage/drift-store.js';
import { histogramOf, ReferenceModels } from './reference-models.js';

const stability = new Gauge({
  name: 'ratchet_drift_psi',
  help: 'Population stability index of a feature against the training rows of the live version.',
  labelNames: ['model', 'feature'],
});

/** A check looks at no more than this many rows. */
const MOST_ROWS = 5_000;

/**
 * Compares what came in lately with what the live version was trained on, for every model with enough new rows. What a
 * check found, its event and the place in the data are one transaction under one lock.
 */
@Injectable()
export class DriftService {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(DriftStore) private readonly repository: DriftStore,
    @Inject(ReferenceModels) private readonly models: ReferenceModels,
    @Inject(ModelRules) private readonly rules: ModelRules,
    @Inject(OUTBOX) private readonly outbox: Outbox,
    @Inject(Loops) loops: Loops,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(CLOCK) private readonly now: Clock,
    @Inject(EVALUATOR_CONFIG) config: Pick<EvaluatorConfig, 'DRIFT_CHECK_SECONDS'>,
  ) {
    const everyMs = config.DRIFT_CHECK_SECONDS * 1000;
    loops.add(new Loop({ name: 'drift', everyMs, step: () => this.checkAll(), logger }));
  }

  private checkAll(): Promise<void> {
    return this.dataSource.transaction(async (manager) => {
      if (!(await this.repository.lock(manager))) return;
      for (const live of await this.repository.live(manager)) await this.check(manager, live);
    });
  }

  private async check(manager: EntityManager, live: LiveVersion): Promise<void> {
    const { model, version, digest } = live;
    const state = await this.repository.state(manager, model);
    const since = state?.watermark ?? live.live_since ?? '-infinity';
    const rows = await this.repository.rowsSince(manager, model, since, MOST_ROWS);
    const [newest] = rows;
    if (newest === undefined || rows.length < FEWEST_ROWS) return;
    try {
      const reference = await beating(
        (text) => manager.query(text),
        () => this.models.open(model, digest),
      );
      const deciles = await this.repository.decisionDeciles(manager, digest);
      const found = assessDrift(reference.reference, deciles, histogramOf(reference, rows));
      // What had drifted from an earlier version's training rows is no news about this one's.
      const news = driftNews(found, state?.version === version ? state.drifted : []);
      const at = this.now();
      for (const { feature, psi } of found) stability.set({ model, feature }, psi);
      await this.repository.writeState(manager, model, {
        version,
        watermark: newest.occurred_at,
        drifted: [...news.drifted],
      });
      await this.repository.writeCheck(manager, live, {
        rows: rows.length,
        features: found,
        drifted: news.drifted,
        at,
      });
      if (news.report.length > 0) await this.report(manager, live, news.report, rows.length, at);
      if (news.begins && this.rules.monitoring(model).on_drift === 'retrain')
        await this.requestTraining(manager, model, news.report, at);
    } catch (error) {
      if (!(error instanceof BrokenPackageError)) throw error;
      this.logger.warn({ err: error, model }, 'drift cannot be measured');
    }
  }

  private async report(
    manager: EntityManager,
    { model, version }: LiveVersion,
    drifted: readonly FeatureDrift[],
    rows: number,
    at: Date,
  ): Promise<void> {
    const features = drifted.map(({ drifted: _, ...numbers }) => numbers);
    const event = { model, version, features, rows, detected_at: at.toISOString() };
    await this.outbox.add(manager, 'data.drift-detected', event);
    this.logger.warn({ model, version, features }, 'inputs no longer look like the training data');
  }

  private async requestTraining(
    manager: EntityManager,
    model: string,
    drifted: readonly FeatureDrift[],
    at: Date,
  ): Promise<void> {
    await this.outbox.add(manager, 'training.requested', {
      request_id: uuidv4(),
      model,
      trigger: 'drift',
      actor: 'drift',
      requested_at: at.toISOString(),
      auto_deploy: true,
      reason: `drift of ${drifted.map(({ feature }) => feature).join(', ')}`,
    });
  }
}
