import type { Degraded } from '#contracts/events/deployment';
import { wilsonInterval } from '../statistics/normal.js';
import { countPrediction, type JudgedPrediction } from './judged-prediction.js';
import type { LiveReferences } from './live-reference.js';

/** With fewer outcomes nothing is said. */
const FEWEST = 50;
const CONFIDENCE = 0.95;
const TENTHS = 10;
/** As many decisions as a tenth needs before its own share counts as much as that of all of them. */
const PRIOR = 10;

/** How what is live does since a drop, beside always giving the same answer. */
export interface Standing extends Degraded {
  /** Worse than always answering what was most common, for sure. */
  readonly isDegraded: boolean;
}

/**
 * The baseline is always answering what was most common among the same outcomes: that it succeeds or fails, for a model of actions, or
 * the most common class. Null with too few outcomes.
 *
 * @param predictions of one version, all since the onset of a drop
 */
export function standingOf(
  predictions: readonly JudgedPrediction[],
  kind: LiveReferences['kind'],
  since: string,
): Standing | null {
  let correct = 0;
  let outcomes = 0;
  const common = new Map<string, number>();
  const calibration = Array.from({ length: TENTHS }, () => ({ decisions: 0, came_true: 0 }));
  for (const prediction of predictions) {
    const counted = countPrediction(prediction, kind);
    if (counted === null) continue;
    outcomes++;
    if (counted.correct) correct++;
    const happened = kind === 'multi-class' ? prediction.action : String(prediction.success);
    common.set(happened, (common.get(happened) ?? 0) + 1);
    const given = prediction.probabilities[prediction.decision];
    const tenth = calibration[tenthOf(given ?? Number.NaN)];
    // What else was executed says nothing about the decision's success; a class is told whatever is done.
    if (tenth === undefined || (kind === 'action-outcome' && !counted.agreed)) continue;
    tenth.decisions++;
    if (kind === 'multi-class' ? counted.correct : prediction.success) tenth.came_true++;
  }
  if (outcomes < FEWEST) return null;
  const baseline = Math.max(...common.values()) / outcomes;
  return {
    since,
    outcomes,
    live_accuracy: correct / outcomes,
    baseline_accuracy: baseline,
    calibration,
    isDegraded: wilsonInterval(correct, outcomes, CONFIDENCE).high < baseline,
  };
}

/** What a confidence has come to lately: the share of decisions given about as much that came true, drawn to the share of all of them. */
export function recentConfidence(calibration: Degraded['calibration'], confidence: number): number {
  let decisions = 0;
  let cameTrue = 0;
  for (const tenth of calibration) {
    decisions += tenth.decisions;
    cameTrue += tenth.came_true;
  }
  if (decisions === 0) return confidence;
  const own = calibration[tenthOf(confidence)] ?? { decisions: 0, came_true: 0 };
  return (own.came_true + (PRIOR * cameTrue) / decisions) / (own.decisions + PRIOR);
}

/** NaN is in none. */
const tenthOf = (confidence: number): number => Math.min(TENTHS - 1, Math.floor(confidence * TENTHS));
