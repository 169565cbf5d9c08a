import type { GateResult } from '#contracts/events/evaluation';
import { type HoldoutAnswers, judgeChallenger } from '#domain/evaluation/judgement';
import type { PolicyChoices } from '#domain/evaluation/logged-decisions';
import { predictedClasses } from '#domain/evaluation/metrics';
import { gateSettings } from '#domain/evaluation/profiles';
import {
  changedFrom,
  FEWEST_RECENT,
  isOfAnotherWorld,
  learntDecisions,
  learntFrom,
  recencyOf,
  recentSettings,
  takeAnswers,
  withRecent,
} from '#domain/evaluation/recent';
import { type LiveReferences, liveReferences } from '#domain/monitoring/live-reference';
import { splitPart } from '#domain/split';
import { seededRandom } from '#domain/statistics/random';
import { timeOf } from './stream.js';
import { isSecond, type Learnt, type LearntRow, taskOf } from './train.js';

export interface Judged {
  readonly gate: GateResult;
  readonly references: LiveReferences;
}

/** As the evaluator judges, on the test part of the rows so far. */
export function judgeOn(
  rows: readonly LearntRow[],
  challenger: Learnt,
  champion: Learnt | null,
  onset: number | null,
): Judged {
  const { definition, classes } = challenger.manifest;
  const held = rows.filter(({ number }) => splitPart(taskOf(number), definition.split.shares) === 'test');
  const answers = answersOf(held, challenger, champion, classes);
  const settings = gateSettings(definition.gate, definition.kind);
  const random = seededRandom(1);
  const whole = judgeChallenger(answers, settings, random).gate;
  const newest = timeOf(held.at(-1)?.number ?? 0);
  const state = {
    onset: onset === null ? null : timeOf(onset),
    learntFrom: { challenger: changedFrom(challenger.manifest), champion: champion && changedFrom(champion.manifest) },
    drifted: false,
  };
  const recency = recencyOf(state, newest, definition.gate.recent_days);
  const recent = Int32Array.from(held.keys()).filter((at) => timeOf(held[at]?.number ?? 0) >= recency.since);
  const isAll = recent.length === held.length && recency.because === 'definition';
  if (recent.length < FEWEST_RECENT || isAll) return { gate: whole, references: referencesOf(answers) };
  const taken = takeAnswers(answers, recent);
  const times = Float64Array.from(held, ({ number }) => timeOf(number));
  const learnt = learntDecisions(answers.decisions, times, learntFrom(challenger.manifest.window), recency);
  const judged = judgeChallenger(taken, recentSettings(settings, recency, taken), random, learnt);
  return {
    gate: withRecent(whole, judged, recency),
    references: referencesOf(isOfAnotherWorld(recency) ? taken : answers),
  };
}

const referencesOf = ({ truth, challenger, classes, decisions }: HoldoutAnswers): LiveReferences =>
  liveReferences(
    truth,
    predictedClasses(challenger, classes.length),
    decisions && { executed: decisions.executed, chosen: decisions.challenger.action },
    [],
  );

function answersOf(
  held: readonly LearntRow[],
  challenger: Learnt,
  champion: Learnt | null,
  classes: readonly string[],
): HoldoutAnswers {
  const probabilities = (model: Learnt) =>
    Float64Array.from(
      held.flatMap(({ features, action }) => {
        const second = model.probability(features, action);
        return [1 - second, second];
      }),
    );
  const choices = (model: Learnt): PolicyChoices => {
    const best = held.map(({ features }) => model.best(features));
    return {
      action: Int32Array.from(best, ({ action }) => action),
      success: Float64Array.from(best, ({ success }) => success),
    };
  };
  return {
    classes: [...classes],
    truth: Int32Array.from(held, (row) => (isSecond(row, challenger.manifest) ? 1 : 0)),
    challenger: probabilities(challenger),
    champion: champion && probabilities(champion),
    decisions:
      challenger.actions.length === 0
        ? null
        : {
            executed: Int32Array.from(held, ({ action }) => challenger.actions.indexOf(action ?? '')),
            failed: Uint8Array.from(held, ({ success }) => (success ? 0 : 1)),
            propensity: Float64Array.from(held, ({ propensity }) => propensity ?? Number.NaN),
            challenger: choices(challenger),
            champion: champion && choices(champion),
            alike: 0,
          },
    slices: [],
  };
}
