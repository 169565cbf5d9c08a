import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Counter, Histogram } from 'prom-client';
import { DataSource, type EntityManager } from 'typeorm';
import { EvaluationEntity } from '#database/evaluation/entities';
import type { Outbox } from '#kafka/outbox';
import { collectGarbage } from '#models/native/collect-garbage';
import type { Logger } from '#platform/logging';
import { preciseNow, tracing } from '#platform/tracing/tracing';
import type { EvaluatorConfig } from '../config.js';
import { Loop } from '../loop.js';
import { EVALUATOR_CONFIG, LOGGER, OUTBOX } from '../tokens.js';
import { ChampionRepository } from './champion.repository.js';
import { type Evaluation, EvaluationService } from './evaluation.service.js';
import { EvaluationQueue } from './evaluation-queue.js';
import { ReportRepository } from './report.repository.js';

const verdicts = new Counter({
  name: 'ratchet_evaluations_total',
  help: 'Packages judged, by verdict.',
  labelNames: ['model', 'verdict'],
});
const duration = new Histogram({
  name: 'ratchet_evaluation_seconds',
  help: 'Time to judge one package.',
  buckets: [0.5, 1, 2, 5, 10, 30, 60, 300],
});

/**
 * Judges queued packages one after the other. Verdict, event and the end of the job are one transaction, which also
 * holds the job's lock: a crash in the middle leaves the job for the next evaluator, and nothing is judged twice.
 */
@Injectable()
export class EvaluationWorker implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly loop: Loop;

  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(EvaluationQueue) private readonly queue: EvaluationQueue,
    @Inject(EvaluationService) private readonly service: EvaluationService,
    @Inject(ChampionRepository) private readonly champions: ChampionRepository,
    @Inject(ReportRepository) private readonly reports: ReportRepository,
    @Inject(OUTBOX) private readonly outbox: Outbox,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(EVALUATOR_CONFIG) config: Pick<EvaluatorConfig, 'EVALUATOR_POLL_MS'>,
  ) {
    this.loop = new Loop('evaluations', () => this.next(), config.EVALUATOR_POLL_MS, logger);
  }

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.loop.stop();
  }

  /** Something was queued. */
  wake(): void {
    this.loop.wake();
  }

  /** Judges the next job; false if there is none. */
  private async next(): Promise<boolean> {
    const judged = await this.dataSource.transaction(async (manager) => {
      const job = await this.queue.claim(manager);
      if (job === null) return false;
      const stop = duration.startTimer();
      const from = preciseNow();
      const champion = await this.champions.live(job.trained.model);
      const evaluation = await this.service.evaluate(job, champion);
      await this.store(manager, evaluation);
      await this.queue.remove(manager, job.evaluationId);
      stop();
      const { model, gate, trained, holdout } = evaluation.event;
      tracing()?.record({
        name: 'evaluate',
        kind: 'consumer',
        of: trained.run_id,
        from,
        to: preciseNow(),
        attributes: { 'ratchet.model': model, 'ratchet.verdict': gate.verdict, 'ratchet.rows': holdout.rows },
      });
      return true;
    });
    if (judged) collectGarbage();
    return judged;
  }

  private async store(manager: EntityManager, evaluation: Evaluation): Promise<void> {
    const event = await this.reports.write(evaluation);
    const row: EvaluationEntity = {
      evaluationId: event.evaluation_id,
      runId: event.trained.run_id,
      model: event.model,
      digest: event.trained.digest,
      championVersion: event.champion?.version ?? null,
      championDigest: event.champion?.digest ?? null,
      snapshotHash: event.holdout.snapshot_hash,
      rows: event.holdout.rows,
      verdict: event.gate.verdict,
      liveReferences: evaluation.liveReferences,
      event,
      reportUri: event.report_uri,
      evaluatedAt: new Date(event.evaluated_at),
    };
    await manager.save(EvaluationEntity, row);
    await this.outbox.add(manager, 'model.evaluated', event, { id: event.evaluation_id });
    verdicts.inc({ model: event.model, verdict: event.gate.verdict });
    this.logger.info(
      { model: event.model, digest: event.trained.digest, verdict: event.gate.verdict, rows: event.holdout.rows },
      event.gate.summary,
    );
  }
}
