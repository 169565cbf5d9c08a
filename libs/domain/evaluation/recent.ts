import type { GateResult, RecentGate } from '#contracts/events/evaluation';
import type { ChosenWindow, Manifest } from '#contracts/model-package';
import { RECENT_REASONS } from '#contracts/recent-reasons';
import { positionsFrom } from '../training/window-choice.js';
import type { HoldoutAnswers, Judgement } from './judgement.js';
import { logLossDifference } from './knowledge.js';
import type { LoggedDecisions, PolicyChoices } from './logged-decisions.js';
import type { GateSettings } from './profiles.js';

/** What "recent" means for a judgement, and whether it decides. */
export interface Recency {
  /** Rows of this time (milliseconds since 1970) and later. */
  readonly since: number;
  readonly because: RecentGate['because'];
}

/** Fewer rows are not judged apart. */
export const FEWEST_RECENT = 50;

/** By so much it may be worse at most than a version that is failing; 5 points are what live accuracy may fall before it counts as a drop. */
const RENEWAL = 0.05;

const DAY_MS = 86_400_000;

/**
 * After a drop of accuracy what came since its onset is recent. Where the challenger has learnt mostly from its newest rows, as that
 * foresees more, the rows before are of another world, however many they are; the same once such a version is live. Otherwise the last
 * days of the holdout are recent; with drifted inputs they decide as well.
 *
 * @param state.learntFrom where the live version's rows begin, and the challenger's, see {@link learntFrom}
 * @param newest time of the newest row, milliseconds since 1970
 */
export function recencyOf(
  state: { readonly onset: number | null; readonly learntFrom: LearntFrom; readonly drifted: boolean },
  newest: number,
  recentDays: number,
): Recency {
  if (state.onset !== null) return { since: state.onset, because: 'accuracy-drop' };
  const { challenger, champion } = state.learntFrom;
  if (challenger !== null) return { since: Math.max(challenger, champion ?? challenger), because: 'changed' };
  if (champion !== null) return { since: champion, because: 'window' };
  return { since: newest - recentDays * DAY_MS, because: state.drifted ? 'data-drift' : 'definition' };
}

/** Whether the rows before are of a world that is no more. */
export const isOfAnotherWorld = ({ because }: Pick<Recency, 'because'>): boolean =>
  because === 'accuracy-drop' || because === 'changed';

/** From when on each of the two has learnt, if training found that to foresee more than all rows do; else null. */
export interface LearntFrom {
  readonly challenger: number | null;
  readonly champion: number | null;
}

/** Time from which on the rows counted that a model has learnt from; null for all. */
export function learntFrom(window: ChosenWindow | undefined): number | null {
  const from = window?.mostly_from ?? window?.from;
  return from ? Date.parse(from) : null;
}

/** The same, where training chose it, as that foresees more than all rows do. */
export const changedFrom = ({ definition, window }: Pick<Manifest, 'definition' | 'window'>): number | null =>
  definition.training_window === 'auto' ? learntFrom(window) : null;

/**
 * The settings by which the recent rows are judged. After a drop the live version is failing, so that far fewer rows can tell, as the
 * intervals know how few they are; and what has seen more of the world as it is need not be better for sure. Neither need it be in a
 * world that has changed without a drop, where it foresees the recent rows better than the live version for sure.
 */
export function recentSettings(
  settings: GateSettings,
  { because }: Recency,
  answers: Pick<HoldoutAnswers, 'classes' | 'truth' | 'challenger' | 'champion'>,
): GateSettings {
  if (because === 'accuracy-drop') {
    const minimumHoldoutRows = Math.min(settings.minimumHoldoutRows, FEWEST_RECENT);
    return {
      ...settings,
      minimumHoldoutRows,
      renewal: { margin: RENEWAL, foreseen: false, because: 'accuracy has dropped' },
    };
  }
  const { champion } = answers;
  if (because !== 'changed' || champion === null) return settings;
  if (logLossDifference({ ...answers, champion }, settings.confidence).interval.low <= 0) return settings;
  return {
    ...settings,
    renewal: { margin: RENEWAL, foreseen: true, because: 'it foresees these rows better for sure' },
  };
}

/** The answers for some of the rows, without slices. */
export function takeAnswers(answers: HoldoutAnswers, rows: Int32Array): HoldoutAnswers {
  const { classes, decisions } = answers;
  const probabilities = (of: Float64Array) => {
    const taken = new Float64Array(rows.length * classes.length);
    rows.forEach((row, i) => {
      taken.set(of.subarray(row * classes.length, (row + 1) * classes.length), i * classes.length);
    });
    return taken;
  };
  return {
    classes,
    truth: Int32Array.from(rows, (row) => answers.truth[row] ?? -1),
    challenger: probabilities(answers.challenger),
    champion: answers.champion && probabilities(answers.champion),
    decisions: decisions && takeDecisions(decisions, rows),
    slices: [],
  };
}

/** What both would have chosen on some of the rows, and what was done there. */
export function takeDecisions(decisions: LoggedDecisions, rows: Int32Array): LoggedDecisions {
  const choices = ({ action, success }: PolicyChoices): PolicyChoices => ({
    action: Int32Array.from(rows, (row) => action[row] ?? -1),
    success: Float64Array.from(rows, (row) => success[row] ?? Number.NaN),
  });
  return {
    executed: Int32Array.from(rows, (row) => decisions.executed[row] ?? -1),
    failed: Uint8Array.from(rows, (row) => decisions.failed[row] ?? 0),
    propensity: Float64Array.from(rows, (row) => decisions.propensity[row] ?? Number.NaN),
    challenger: choices(decisions.challenger),
    champion: decisions.champion && choices(decisions.champion),
    // It is a property of the model rather than of some rows; so its share is taken to be the same.
    alike: (decisions.alike * rows.length) / Math.max(1, decisions.executed.length),
  };
}

/**
 * After a drop, what both would have chosen on all rows of the time that the challenger has learnt from. Null where that is no more than
 * the recent rows.
 *
 * @param times of the rows, milliseconds since 1970
 * @param learntFrom null for all of them
 */
export function learntDecisions(
  decisions: LoggedDecisions | null,
  times: Float64Array,
  learntFrom: number | null,
  { since, because }: Recency,
): LoggedDecisions | null {
  if (decisions === null || because !== 'accuracy-drop') return null;
  const from = learntFrom ?? Number.NEGATIVE_INFINITY;
  return from >= since ? null : takeDecisions(decisions, positionsFrom(times, from));
}

/** Whether it was judged, and not as worse, on what came since the world left the live version behind, be it that its accuracy dropped. */
export function recovers({ recent, trial }: GateResult): boolean {
  const leftBehind = recent?.because === 'accuracy-drop' || (recent?.because === 'changed' && trial?.urgent === true);
  return leftBehind && (recent.verdict === 'pass' || recent.verdict === 'inconclusive');
}

/**
 * The verdict on the whole holdout, unless what it is about has changed: while a drop or a drift is open the recent rows decide
 * where they disagree. Both are shown.
 */
export function withRecent(whole: GateResult, recent: Judgement, { since, because }: Recency): GateResult {
  const { gate } = recent;
  const decides = because !== 'definition' && gate.verdict !== 'error' && gate.verdict !== whole.verdict;
  const shown: RecentGate = {
    since: new Date(since).toISOString(),
    because,
    rows: recent.rows,
    decides,
    verdict: gate.verdict,
    checks: gate.checks,
    challenger_accuracy: recent.challengerMetrics.accuracy,
    champion_accuracy: recent.championMetrics?.accuracy ?? null,
  };
  if (!decides) {
    // Where neither decides, what came since says what a trial has to show.
    const { trial } = isOfAnotherWorld({ because }) && gate.verdict === whole.verdict ? gate : whole;
    return { ...whole, ...(trial && { trial }), recent: shown };
  }
  const summary = `${gate.summary} (${RECENT_REASONS[because]}, so the ${recent.rows} rows since then decide; on the whole holdout the verdict is ${whole.verdict}.)`;
  return { ...whole, ...gate, checks: whole.checks, summary, recent: shown };
}
