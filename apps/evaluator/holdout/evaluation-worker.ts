import { Inject, Injectable } from '@nestjs/common';
import { Counter, Histogram } from 'prom-client';
import { DataSource, type EntityManager } from 'typeorm';
import type { VersionRef } from '#contracts/primitives';
import { beating } from '#database/standing-still';
import { collectGarbage } from '#models/native/collect-garbage';
import type { Outbox } from '#outbox/outbox';
import type { Logger } from '#platform/logging';
import { Loop } from '#platform/loop/loop';
import { Loops } from '#platform/loop/loops';
import { preciseNow, tracing } from '#platform/tracing/tracing';
import type { EvaluatorConfig } from '../config.js';
import { EVALUATOR_CONFIG, LOGGER, OUTBOX } from '../keys.js';
import { ChampionStore } from '../storage/champion-store.js';
import { DropStore } from '../storage/drop-store.js';
import { EvaluationQueue } from '../storage/evaluation-queue.js';
import { EvaluationStore } from '../storage/evaluation-store.js';
import { type Evaluation, EvaluationService } from './evaluation.service.js';
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

/** Many times what judging a package of millions of rows takes. */
const JUDGING_PATIENCE_MS = 1_800_000;

/**
 * Judges queued packages one after the other. Verdict, event and the end of the job are one transaction, which also
 * holds the job's lock: a crash in the middle leaves the job for the next evaluator, and nothing is judged twice.
 */
@Injectable()
export class EvaluationWorker {
  private readonly loop: Loop;

  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(EvaluationQueue) private readonly queue: EvaluationQueue,
    @Inject(EvaluationStore) private readonly evaluations: EvaluationStore,
    @Inject(EvaluationService) private readonly service: EvaluationService,
    @Inject(ChampionStore) private readonly champions: ChampionStore,
    @Inject(DropStore) private readonly drops: DropStore,
    @Inject(ReportRepository) private readonly reports: ReportRepository,
    @Inject(OUTBOX) private readonly outbox: Outbox,
    @Inject(Loops) loops: Loops,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(EVALUATOR_CONFIG) config: Pick<EvaluatorConfig, 'EVALUATOR_POLL_MS'>,
  ) {
    const everyMs = config.EVALUATOR_POLL_MS;
    this.loop = loops.add(
      new Loop({ name: 'evaluations', everyMs, step: () => this.next(), patienceMs: JUDGING_PATIENCE_MS, logger }),
    );
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
      const { model: ofModel, digest, run_id } = job.trained;
      if (champion?.digest === digest && (await this.evaluations.isJudged(manager, ofModel, digest))) {
        await this.queue.remove(manager, job.evaluationId);
        this.logger.info({ model: ofModel, digest, run_id }, 'not judged: the run made the package that is live');
        return true;
      }
      const looks = 1 + (await this.queue.judgedLately(manager, job.trained.model));
      const state = await this.stateOf(manager, job.trained.model, champion);
      const evaluation = await beating(
        (text) => manager.query(text),
        () => this.service.evaluate(job, { champion, looks, ...state }),
      );
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

  private async stateOf(manager: EntityManager, model: string, champion: VersionRef | null) {
    const drop = (await this.drops.open(manager)).find((open) => open.model === model);
    return {
      onset: drop?.onset_at.getTime() ?? null,
      drifted: champion !== null && (await this.drops.drifted(manager, model, champion.version)),
    };
  }

  private async store(manager: EntityManager, evaluation: Evaluation): Promise<void> {
    const event = await beating(
      (text) => manager.query(text),
      () => this.reports.write(evaluation),
    );
    await this.evaluations.save(manager, event, evaluation.liveReferences);
    await this.outbox.add(manager, 'model.evaluated', event, { id: event.evaluation_id });
    verdicts.inc({ model: event.model, verdict: event.gate.verdict });
    this.logger.info(
      { model: event.model, digest: event.trained.digest, verdict: event.gate.verdict, rows: event.holdout.rows },
      event.gate.summary,
    );
  }
}
