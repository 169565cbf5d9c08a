import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { Counter, Gauge } from 'prom-client';
import { DataSource, type EntityManager } from 'typeorm';
import type { AccuracyDrop } from '#contracts/events/evaluation';
import { type Episode, LiveMonitor, type WatchedVersion } from '#domain/monitoring/live-monitor';
import type { Outbox } from '#outbox/outbox';
import type { Logger } from '#platform/logging';
import { Loop } from '#platform/loop/loop';
import { Loops } from '#platform/loop/loops';
import type { EvaluatorConfig } from '../config.js';
import { CLOCK, type Clock, EVALUATOR_CONFIG, LOGGER, OUTBOX } from '../keys.js';
import { ModelRules } from '../model-rules.js';
import { MonitorStore } from '../storage/monitor-store.js';
import { VersionStore } from '../storage/version-store.js';

const outcomesCounted = new Counter({
  name: 'ratchet_monitored_outcomes_total',
  help: 'Live predictions whose outcome was compared with them.',
  labelNames: ['model', 'version'],
});
const dropLevel = new Gauge({
  name: 'ratchet_accuracy_drop_level',
  help: 'How near a version is to an accuracy-drop alarm: 0 is healthy, 1 is the alarm.',
  labelNames: ['model', 'version'],
});

const BATCH = 2_000;

/**
 * Watches every version against the outcomes of its predictions. Windows, watches, episodes, events and the place in the
 * stream are one transaction under one lock: a restart or a second evaluator neither repeats nor loses an outcome.
 */
@Injectable()
export class LiveMonitorService {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(MonitorStore) private readonly repository: MonitorStore,
    @Inject(VersionStore) private readonly versions: VersionStore,
    @Inject(ModelRules) private readonly rules: ModelRules,
    @Inject(OUTBOX) private readonly outbox: Outbox,
    @Inject(Loops) loops: Loops,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(CLOCK) private readonly now: Clock,
    @Inject(EVALUATOR_CONFIG) config: Pick<EvaluatorConfig, 'EVALUATOR_POLL_MS'>,
  ) {
    loops.add(
      new Loop({ name: 'live monitoring', everyMs: config.EVALUATOR_POLL_MS, step: () => this.next(), logger }),
    );
  }

  /** Works on the next batch; false if there is nothing more for now. */
  private next(): Promise<boolean> {
    return this.dataSource.transaction(async (manager) => {
      if (!(await this.repository.lock(manager))) return false;
      const predictions = await this.repository.read(manager, BATCH);
      const last = predictions.at(-1);
      if (last === undefined) return false;
      const versions = [...new Map(predictions.map((p) => [`${p.model} ${p.version}`, p])).values()];
      const monitor = new LiveMonitor(
        await this.repository.watches(manager, versions),
        await this.describe(manager, versions),
        await this.repository.earlierCounts(
          manager,
          predictions.map(({ predictionId }) => predictionId),
        ),
      );
      for (const prediction of predictions) monitor.add(prediction);
      const changes = monitor.changes();
      await this.repository.write(manager, changes, last.judgedSeq);
      for (const episode of changes.episodes) await this.record(manager, episode);
      for (const { model, version, outcomes } of changes.windows)
        if (outcomes > 0) outcomesCounted.inc({ model, version }, outcomes);
      for (const { model, version, state } of changes.watches) dropLevel.set({ model, version }, state.level);
      return predictions.length === BATCH;
    });
  }

  private async describe(manager: EntityManager, of: readonly { model: string; version: string }[]) {
    const described = new Map(
      (await this.versions.describe(manager, of)).map((version) => [`${version.model} ${version.version}`, version]),
    );
    return (model: string, version: string): WatchedVersion => {
      const known = described.get(`${model} ${version}`);
      return {
        references: known?.references ?? null,
        liveGeneration: known?.liveGeneration ?? null,
        tolerated: this.rules.monitoring(model).accuracy_drop,
      };
    };
  }

  private async record(manager: EntityManager, episode: Episode): Promise<void> {
    const { model, version, generation } = episode.watch;
    if (episode.kind === 'closed') {
      await this.repository.closeEpisodes(manager, model, version, episode.at);
      this.logger.info(
        { model, version },
        'live accuracy is no longer below its reference, or the version was replaced',
      );
      return;
    }
    const { found } = episode;
    const drop: AccuracyDrop = {
      episode_id: randomUUID(),
      model,
      version,
      generation,
      reference_accuracy: found.reference,
      live_accuracy: found.live,
      interval: found.interval,
      outcomes: found.outcomes,
      onset_at: found.onsetAt,
      detected_at: this.now().toISOString(),
    };
    await this.repository.openEpisode(manager, [
      drop.episode_id,
      model,
      version,
      generation,
      drop.reference_accuracy,
      drop.live_accuracy,
      drop.interval.low,
      drop.interval.high,
      drop.outcomes,
      drop.onset_at,
      drop.detected_at,
    ]);
    await this.outbox.add(manager, 'model.accuracy-drop', drop, { id: drop.episode_id });
    this.logger.warn({ ...drop }, 'live accuracy has dropped below its reference');
  }
}
