import type { Scored } from './scored.js';

/**
 * Area under the ROC curve: the chance that a random row of the class scores above a random other row, ties counting
 * half (Hanley & McNeil 1982; the Mann–Whitney statistic). Beyond two classes the mean of one against the rest, over
 * the classes that have rows on both sides. Null where there is none.
 */
export function rocAuc({ classes, truth, probabilities }: Scored): number | null {
  const sides = classes.length === 2 ? [1] : classes.map((_, k) => k);
  const areas = sides.map((k) => areaOfClass(truth, probabilities, classes.length, k)).filter((area) => area !== null);
  return areas.length === 0 ? null : areas.reduce((sum, area) => sum + area, 0) / areas.length;
}

/** Points of the ROC curve of one class, from (0, 0) to (1, 1), at most `most` of them. */
export function rocCurve({ classes, truth, probabilities }: Scored, k: number, most = 200): { x: number; y: number }[] {
  const { positives, negatives } = sortedScores(truth, probabilities, classes.length, k);
  if (positives.length === 0 || negatives.length === 0) return [];
  const points = [{ x: 0, y: 0 }];
  let hits = 0;
  let alarms = 0;
  while (hits < positives.length || alarms < negatives.length) {
    const nextHit = positives[positives.length - 1 - hits] ?? Number.NEGATIVE_INFINITY;
    const nextAlarm = negatives[negatives.length - 1 - alarms] ?? Number.NEGATIVE_INFINITY;
    const score = Math.max(nextHit, nextAlarm);
    while (positives[positives.length - 1 - hits] === score) hits++;
    while (negatives[negatives.length - 1 - alarms] === score) alarms++;
    points.push({ x: alarms / negatives.length, y: hits / positives.length });
  }
  const step = (points.length - 1) / Math.min(most, points.length - 1);
  const thinned: { x: number; y: number }[] = [];
  for (let at = 0; Math.round(at) < points.length; at += step) {
    const point = points[Math.round(at)];
    if (point) thinned.push(point);
  }
  return thinned;
}

function areaOfClass(truth: Int32Array, probabilities: Float64Array, classes: number, k: number): number | null {
  const { positives, negatives } = sortedScores(truth, probabilities, classes, k);
  if (positives.length === 0 || negatives.length === 0) return null;
  let rankSum = 0;
  let below = 0;
  for (let start = 0; start < positives.length; ) {
    const score = positives[start] ?? 0;
    let hits = 0;
    while (positives[start + hits] === score) hits++;
    while ((negatives[below] ?? Number.POSITIVE_INFINITY) < score) below++;
    let tied = 0;
    while (negatives[below + tied] === score) tied++;
    // The rows of this score share the mean of their ranks, which follow those of all lower scores.
    const before = start + below;
    rankSum += hits * ((before + 1 + before + hits + tied) / 2);
    start += hits;
  }
  return (rankSum - (positives.length * (positives.length + 1)) / 2) / (positives.length * negatives.length);
}

/**
 * Scores of the rows of the class and of the others, each ascending. Sorting plain numbers apart takes a tenth of the time
 * of sorting rows by their scores.
 *
 * @throws RangeError for a score that is not a number, which has no rank
 */
function sortedScores(truth: Int32Array, probabilities: Float64Array, classes: number, k: number) {
  let count = 0;
  for (const actual of truth) if (actual === k) count++;
  const positives = new Float64Array(count);
  const negatives = new Float64Array(truth.length - count);
  let hits = 0;
  for (let row = 0; row < truth.length; row++) {
    const score = probabilities[row * classes + k] ?? Number.NaN;
    if (Number.isNaN(score))
      throw new RangeError(`row ${row}, class ${k}: expected a probability from 0 to 1, got NaN`);
    if (truth[row] === k) positives[hits++] = score;
    else negatives[row - hits] = score;
  }
  return { positives: positives.sort(), negatives: negatives.sort() };
}
