import type { Interval } from '#contracts/events/evaluation';
import { wilsonInterval } from '../statistics/normal.js';

/**
 * A cumulative-sum detector (Page 1954, "Continuous inspection schemes") for live accuracy that has fallen more than a
 * tolerated amount below its reference. It may be asked after every outcome, for as long as one likes.
 *
 * Each outcome adds (reference − allowance − correct) / height, never below 0, where correct is 1 or 0; at 1 it
 * alarms. While nothing is wrong the sum is pulled to 0; a lasting drop beyond the allowance pushes it up steadily,
 * wherever in the stream it begins. The constants were calibrated by simulation for a tolerated drop of 0.05 (see
 * docs/judging.md, `npm run bench -- monitor`) and scale with it as a random walk does: slopes with the drop, heights with
 * its inverse.
 */
const ALLOWANCE = 1.2;
const HEIGHT = 20.5;
const CALIBRATED_DROP = 0.05;
/** Outcomes vary by p·(1 − p), so the height follows it; at this accuracy it is HEIGHT itself. */
const CALIBRATED_ACCURACY = 0.7;
const VARIANCE_EXPONENT = 0.9;
/** A watch begins at the level a healthy stream hovers at, not at 0, so that a drop from the start is found as soon. */
const HEAD_START = 0.1;
/** One-sided 99 % quantile of the normal distribution: how far a measured reference may lie above the true one. */
const REFERENCE_QUANTILE = 2.326;

/** What live accuracy is compared with. */
export interface AccuracyReference {
  readonly accuracy: number;
  /** Rows it was measured on; Infinity if it is known exactly. */
  readonly rows: number;
}

/** All that is kept of a stream. JSON-serialisable; the same however the outcomes were batched. */
export interface DropState {
  /** 0 … 1; an alarm at 1. */
  readonly level: number;
  readonly outcomes: number;
  readonly correct: number;
  /** Sums since the level last left 0: the most likely beginning of the drop, should there be one. */
  readonly since: {
    readonly at: string | null;
    readonly outcomes: number;
    readonly correct: number;
    readonly reference: number;
  };
  readonly alarmed: boolean;
}

/** The numbers of a drop that was found. */
export interface DropFound {
  /** Mean reference of the outcomes since the onset. */
  readonly reference: number;
  readonly live: number;
  /** Wilson interval of `live`; of the outcomes since the onset, which were chosen because they look bad. */
  readonly interval: Interval;
  /** Outcomes since the onset. */
  readonly outcomes: number;
  readonly onsetAt: string;
}

const NOTHING = { at: null, outcomes: 0, correct: 0, reference: 0 };

/** A watch that has seen nothing yet. */
export function startWatch(): DropState {
  return { level: HEAD_START, outcomes: 0, correct: 0, since: NOTHING, alarmed: false };
}

/**
 * Adds one outcome. After an alarm the level stays at most 1, so that a recovery shows as soon as a drop did: at 0 the
 * alarm is over and the next drop is a new one.
 *
 * @param drop tolerated amount, like 0.05
 * @param at time of the outcome, RFC 3339
 */
export function observe(
  state: DropState,
  outcome: { correct: boolean; at: string },
  reference: AccuracyReference,
  drop: number,
): DropState {
  const hit = outcome.correct ? 1 : 0;
  const raw = state.level + (reference.accuracy - allowance(reference, drop) - hit) / height(reference.accuracy, drop);
  const level = Math.max(0, state.alarmed ? Math.min(1, raw) : raw);
  const { since } = state;
  return {
    level,
    outcomes: state.outcomes + 1,
    correct: state.correct + hit,
    since:
      level === 0
        ? NOTHING
        : {
            at: since.at ?? outcome.at,
            outcomes: since.outcomes + 1,
            correct: since.correct + hit,
            reference: since.reference + reference.accuracy,
          },
    alarmed: level >= 1 || (state.alarmed && level > 0),
  };
}

/**
 * Corrects an outcome that was counted before and has turned out otherwise, like a retried task: its contribution is
 * exchanged, the number of outcomes stays. Corrects nothing the level has forgotten since.
 */
export function correct(
  state: DropState,
  outcome: { correct: boolean },
  reference: AccuracyReference,
  drop: number,
): DropState {
  const change = outcome.correct ? 1 : -1;
  const { since } = state;
  const level = Math.max(0, state.level - change / height(reference.accuracy, drop));
  if (since.at === null || level === 0) return { ...state, level, correct: state.correct + change, since: NOTHING };
  return {
    ...state,
    level: state.alarmed ? Math.min(1, level) : level,
    correct: state.correct + change,
    since: { ...since, correct: Math.min(since.outcomes, Math.max(0, since.correct + change)) },
    alarmed: state.alarmed || level >= 1,
  };
}

/** The numbers of an alarm, or null while there is none. */
export function dropFound({ alarmed, since }: DropState, confidence = 0.95): DropFound | null {
  if (!alarmed || since.outcomes === 0 || since.at === null) return null;
  return {
    reference: since.reference / since.outcomes,
    live: since.correct / since.outcomes,
    interval: wilsonInterval(since.correct, since.outcomes, confidence),
    outcomes: since.outcomes,
    onsetAt: since.at,
  };
}

/**
 * How far accuracy may be below the reference before the sum rises. A reference measured on few rows may itself be too
 * high: its 99 % error beyond half the tolerated drop is allowed for on top.
 */
function allowance({ accuracy, rows }: AccuracyReference, drop: number): number {
  const error = REFERENCE_QUANTILE * Math.sqrt(Math.max(0.01, accuracy * (1 - accuracy)) / Math.max(1, rows));
  return ALLOWANCE * drop + Math.max(0, error - drop / 2);
}

function height(accuracy: number, drop: number): number {
  const variance = (p: number) => p * (1 - p);
  const expected = Math.min(0.97, Math.max(0.03, accuracy - drop));
  const relative = variance(expected) / variance(CALIBRATED_ACCURACY);
  return HEIGHT * (CALIBRATED_DROP / drop) * relative ** VARIANCE_EXPONENT;
}
