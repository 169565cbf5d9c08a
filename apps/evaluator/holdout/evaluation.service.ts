import { Inject, Injectable } from '@nestjs/common';
import { PackageError, PackageStore } from '#artifacts/package-store';
import { type GateResult, type HoldoutMetrics, ModelEvaluated } from '#contracts/events/evaluation';
import type { VersionRef } from '#contracts/primitives';
import { REDUCTION_NOT_APPLICABLE } from '#domain/evaluation/failure-rate-reduction';
import { judgeBroken } from '#domain/evaluation/gate';
import { type HoldoutAnswers, type Judgement, judgeChallenger } from '#domain/evaluation/judgement';
import type { LoggedDecisions } from '#domain/evaluation/logged-decisions';
import { predictedClasses } from '#domain/evaluation/metrics';
import { type GateSettings, gateSettings } from '#domain/evaluation/profiles';
import {
  changedFrom,
  FEWEST_RECENT,
  isOfAnotherWorld,
  type LearntFrom,
  learntDecisions,
  learntFrom,
  type Recency,
  recencyOf,
  recentSettings,
  takeAnswers,
  withRecent,
} from '#domain/evaluation/recent';
import { rocCurve } from '#domain/evaluation/roc';
import { type LiveReferences, liveReferences } from '#domain/monitoring/live-reference';
import { type Random, seededRandom, seedFromText } from '#domain/statistics/random';
import { positionsFrom } from '#domain/training/window-choice';
import { CLOCK, type Clock } from '../keys.js';
import type { ReportDetails } from '../report/page.js';
import type { EvaluationJob } from '../storage/evaluation-queue.js';
import { AnswerCollector, type CollectedAnswers, decilesOf, type JudgedModel } from './answers.js';
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

/** What is known around a judgement. */
export interface Circumstances {
  /** The live version; null before the first one. */
  readonly champion: VersionRef | null;
  /** How many challengers of the model were judged in the last 365 days, this one included. */
  readonly looks: number;
  /** Onset of an open drop of live accuracy, milliseconds since 1970; null where there is none. */
  readonly onset: number | null;
  /** Whether inputs of the live version have drifted. */
  readonly drifted: boolean;
}

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
  async evaluate(job: EvaluationJob, circumstances: Circumstances): Promise<Evaluation> {
    try {
      return await this.judge(job, circumstances);
    } catch (error) {
      if (error instanceof ScoringThreadLost) throw error;
      if (error instanceof PackageError && error.code === 'store-unavailable') throw error;
      return this.broken(job, circumstances.champion, error instanceof Error ? error.message : String(error));
    }
  }

  private async judge(job: EvaluationJob, circumstances: Circumstances): Promise<Evaluation> {
    const thread = SecondThread.start();
    try {
      return await this.judgeWith(thread, job, circumstances);
    } finally {
      await thread.close();
    }
  }

  private async judgeWith(
    thread: SecondThread,
    job: EvaluationJob,
    { champion: championRef, looks, ...state }: Circumstances,
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
    const settings = gateSettings(definition.gate, definition.kind, looks);
    const whole = judgeChallenger(answers, settings, random);
    const changed = {
      challenger: changedFrom(challenger.manifest),
      champion: champion && changedFrom(champion.manifest),
    };
    const recent = recentPart(answers, { ...state, learntFrom: changed }, definition.gate.recent_days);
    const from = learntFrom(challenger.manifest.window);
    const learnt = recent && learntDecisions(answers.decisions, answers.times, from, recent.recency);
    const judgement = {
      ...whole,
      gate: judgedRecently(recent, whole, settings, random, learnt),
    };
    return {
      // A number that is none would never leave the outbox; it makes the verdict an error instead.
      event: ModelEvaluated.parse(this.eventOf(job, championRef, withCurves(judgement, answers))),
      details: { importance: challenger.manifest.importance },
      liveReferences: referencesOf(recent && isOfAnotherWorld(recent.recency) ? recent.answers : answers),
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

interface RecentPart {
  readonly answers: CollectedAnswers;
  readonly recency: Recency;
}

/** The recent rows; null where they are too few, or all there are. */
function recentPart(
  answers: CollectedAnswers,
  state: Pick<Circumstances, 'onset' | 'drifted'> & { readonly learntFrom: LearntFrom },
  recentDays: number,
): RecentPart | null {
  const newest = answers.times.reduce((latest, time) => Math.max(latest, time), Number.NEGATIVE_INFINITY);
  const recency = recencyOf(state, newest, recentDays);
  const rows = positionsFrom(answers.times, recency.since);
  const isAll = rows.length === answers.truth.length && recency.because === 'definition';
  if (rows.length < FEWEST_RECENT || isAll) return null;
  const taken = takeAnswers(answers, rows);
  return {
    recency,
    answers: {
      ...taken,
      times: Float64Array.from(rows, (row) => answers.times[row] ?? 0),
      decisionDeciles: taken.decisions ? decilesOf(taken.decisions.challenger.success) : answers.decisionDeciles,
    },
  };
}

function judgedRecently(
  recent: RecentPart | null,
  { gate }: Judgement,
  settings: GateSettings,
  random: Random,
  learnt: LoggedDecisions | null,
): GateResult {
  if (recent === null) return gate;
  const { answers, recency } = recent;
  return withRecent(
    gate,
    judgeChallenger(answers, recentSettings(settings, recency, answers), random, learnt),
    recency,
  );
}

/** What live accuracy is to be compared with: after a drop or another change, the rows that came since. */
function referencesOf(answers: CollectedAnswers): LiveReferences {
  return liveReferences(
    answers.truth,
    predictedClasses(answers.challenger, answers.classes.length),
    answers.decisions && { executed: answers.decisions.executed, chosen: answers.decisions.challenger.action },
    answers.decisionDeciles,
  );
}

function assertComparable(challenger: LoadedModel, champion: LoadedModel): void {
  const [mine, theirs] = [challenger.manifest.definition.kind, champion.manifest.definition.kind];
  if (mine !== theirs)
    throw new BrokenPackageError(
      `The challenger is of kind ${mine} and the champion of kind ${theirs}: they do not answer the same question, so they cannot be compared. Deploy it with --force if it is meant to replace the champion.`,
    );
}

/** As many as anybody sees on a screen. */
const ROC_POINTS = 100;

/** The curve of P(second class) beside the other metrics; beyond two classes there is no single one. */
function withCurves(judgement: Judgement, answers: HoldoutAnswers): Judgement {
  const { challengerMetrics, championMetrics } = judgement;
  return {
    ...judgement,
    challengerMetrics: { ...challengerMetrics, ...rocOf(answers, answers.challenger) },
    championMetrics: championMetrics && answers.champion && { ...championMetrics, ...rocOf(answers, answers.champion) },
  };
}

function rocOf({ classes, truth }: HoldoutAnswers, probabilities: Float64Array): Pick<HoldoutMetrics, 'roc'> {
  const curve = classes.length === 2 ? rocCurve({ classes, truth, probabilities }, 1, ROC_POINTS) : [];
  return curve.length === 0 ? {} : { roc: curve.map(({ x, y }) => ({ false_alarms: x, hits: y })) };
}
