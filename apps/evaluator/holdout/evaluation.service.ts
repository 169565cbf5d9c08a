import { Inject, Injectable } from '@nestjs/common';
import { PackageError, PackageStore } from '#artifacts/package-store';
import { ModelEvaluated } from '#contracts/events/evaluation';
import type { VersionRef } from '#contracts/primitives';
import { REDUCTION_NOT_APPLICABLE } from '#domain/evaluation/failure-rate-reduction';
import { judgeBroken } from '#domain/evaluation/gate';
import { type HoldoutAnswers, type Judgement, judgeChallenger } from '#domain/evaluation/judgement';
import { predictedClasses } from '#domain/evaluation/metrics';
import { rocCurve } from '#domain/evaluation/roc';
import { type LiveReferences, liveReferences } from '#domain/monitoring/live-reference';
import { seededRandom, seedFromText } from '#domain/statistics/random';
import type { ReportDetails } from '../report/page.js';
import { CLOCK, type Clock } from '../tokens.js';
import { AnswerCollector, type JudgedModel } from './answers.js';
import type { EvaluationJob } from './evaluation-queue.js';
import { HoldoutRepository } from './holdout.repository.js';
import { BrokenPackageError, type LoadedModel, openModel } from './loaded-model.js';
import { ScoringThreadLost, SecondThread } from './second-thread.js';

/** A judgement with what is kept or shown beside the event. */
export interface Evaluation {
  readonly event: ModelEvaluated;
  readonly details: ReportDetails | null;
  readonly liveReferences: LiveReferences | null;
}

const MOST_SLICES = 50;

/** Judges a package against the live one, on the test part of the snapshot it was trained from. */
@Injectable()
export class EvaluationService {
  constructor(
    @Inject(PackageStore) private readonly packages: PackageStore,
    @Inject(HoldoutRepository) private readonly holdouts: HoldoutRepository,
    @Inject(CLOCK) private readonly now: Clock,
  ) {}

  /**
   * Whatever is wrong with a package or a snapshot ends in the verdict `error`, with the reason.
   *
   * @throws PackageError if the artifact store cannot be reached, ScoringThreadLost: then the job is to be tried again
   */
  async evaluate(job: EvaluationJob, championRef: VersionRef | null): Promise<Evaluation> {
    try {
      return await this.judge(job, championRef);
    } catch (error) {
      if (error instanceof ScoringThreadLost) throw error;
      if (error instanceof PackageError && error.code === 'store-unavailable') throw error;
      return this.broken(job, championRef, error instanceof Error ? error.message : String(error));
    }
  }

  private async judge(job: EvaluationJob, championRef: VersionRef | null): Promise<Evaluation> {
    const thread = SecondThread.start();
    try {
      return await this.judgeWith(thread, job, championRef);
    } finally {
      await thread.close();
    }
  }

  private async judgeWith(
    thread: SecondThread,
    job: EvaluationJob,
    championRef: VersionRef | null,
  ): Promise<Evaluation> {
    const challenger = await openModel(this.packages, job.trained.digest, 'challenger');
    const champion = championRef && (await openModel(this.packages, championRef.digest, 'champion'));
    if (champion) assertComparable(challenger, champion);
    const { definition } = challenger.manifest;
    const judged = (model: LoadedModel): JudgedModel => ({
      ...model,
      scorer: (shape, settings) => thread.scorer(model.forest, shape, settings),
    });
    const collector = new AnswerCollector(judged(challenger), champion && judged(champion));
    await this.holdouts.read(job.trained.snapshot.hash, definition, (rows) => collector.add(rows));
    if (collector.rows === 0)
      throw new BrokenPackageError('The test part of the snapshot is empty; collect more data, then train again.');
    const answers = await collector.finish();
    const random = seededRandom(seedFromText(`${job.trained.digest} ${job.trained.snapshot.hash}`));
    const judgement = judgeChallenger(answers, definition.gate, random);
    return {
      // A number that is none would never leave the outbox; it makes the verdict an error instead.
      event: ModelEvaluated.parse(this.eventOf(job, championRef, judgement)),
      details: {
        importance: challenger.manifest.importance,
        roc: { challenger: rocOf(answers, 'challenger') ?? [], champion: rocOf(answers, 'champion') },
      },
      liveReferences: liveReferences(
        answers.truth,
        predictedClasses(answers.challenger, answers.classes.length),
        answers.decisions && { executed: answers.decisions.executed, chosen: answers.decisions.challenger },
        answers.decisionDeciles,
      ),
    };
  }

  private eventOf(job: EvaluationJob, champion: VersionRef | null, judgement: Judgement): ModelEvaluated {
    return {
      evaluation_id: job.evaluationId,
      model: job.trained.model,
      trained: job.trained,
      champion,
      holdout: { snapshot_hash: job.trained.snapshot.hash, rows: judgement.rows },
      challenger_metrics: judgement.challengerMetrics,
      champion_metrics: judgement.championMetrics,
      baseline_accuracy: judgement.baselineAccuracy,
      accuracy_difference: judgement.accuracyDifference,
      f1_macro_difference: judgement.f1Difference,
      mcnemar_p_value: judgement.mcnemarPValue,
      slices: judgement.slices.slice(0, MOST_SLICES),
      failure_rate_reduction: judgement.failureRateReduction,
      gate: judgement.gate,
      report_uri: null,
      evaluated_at: this.now().toISOString(),
    };
  }

  private broken(job: EvaluationJob, champion: VersionRef | null, explanation: string): Evaluation {
    const event: ModelEvaluated = {
      evaluation_id: job.evaluationId,
      model: job.trained.model,
      trained: job.trained,
      champion,
      holdout: { snapshot_hash: job.trained.snapshot.hash, rows: 0 },
      challenger_metrics: null,
      champion_metrics: null,
      baseline_accuracy: null,
      accuracy_difference: null,
      f1_macro_difference: null,
      mcnemar_p_value: null,
      failure_rate_reduction: REDUCTION_NOT_APPLICABLE,
      gate: judgeBroken(explanation),
      report_uri: null,
      evaluated_at: this.now().toISOString(),
    };
    return { event, details: null, liveReferences: null };
  }
}

function assertComparable(challenger: LoadedModel, champion: LoadedModel): void {
  const [mine, theirs] = [challenger.manifest.definition.kind, champion.manifest.definition.kind];
  if (mine !== theirs)
    throw new BrokenPackageError(
      `The challenger is of kind ${mine} and the champion of kind ${theirs}: they do not answer the same question, so they cannot be compared. Deploy it with --force if it is meant to replace the champion.`,
    );
}

/** The curve of P(second class); beyond two classes there is no single one. */
function rocOf(answers: HoldoutAnswers, which: 'challenger' | 'champion') {
  const probabilities = answers[which];
  if (probabilities === null) return null;
  return answers.classes.length === 2
    ? rocCurve({ classes: answers.classes, truth: answers.truth, probabilities }, 1)
    : [];
}
