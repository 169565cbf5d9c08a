import type { Scored } from './scored.js';

/**
 * Area under the ROC curve: the chance that a random row of the class scores above a random other row, ties counting
 * half (Hanley & McNeil 1982; the Mann–Whitney statistic). Beyond two classes the mean of one against the rest, over
 * the classes that have rows on both sides. Null where there is none.
 */
export function rocAuc({ classes, truth, probabilities }: Scored): number | null {
  const sides = classes.length === 2 ? [1] : classes.map((_, k) => k);
  const areas = sides
    .map((k) => areaOfClass(truth, scoresOf(probabilities, classes.length, k), k))
    .filter((area) => area !== null);
  return areas.length === 0 ? null : areas.reduce((sum, area) => sum + area, 0) / areas.length;
}

/** Points of the ROC curve of one class, from (0, 0) to (1, 1), at most `most` of them. */
export function rocCurve({ classes, truth, probabilities }: Scored, k: number, most = 200): { x: number; y: number }[] {
  const scores = scoresOf(probabilities, classes.length, k);
  const order = Array.from(scores.keys()).sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0));
  const positives = countOf(truth, k);
  const negatives = truth.length - positives;
  if (positives === 0 || negatives === 0) return [];
  const points = [{ x: 0, y: 0 }];
  let hits = 0;
  let alarms = 0;
  order.forEach((row, position) => {
    if (truth[row] === k) hits++;
    else alarms++;
    const next = order[position + 1];
    if (next === undefined || scores[next] !== scores[row]) points.push({ x: alarms / negatives, y: hits / positives });
  });
  const step = (points.length - 1) / Math.min(most, points.length - 1);
  const thinned: { x: number; y: number }[] = [];
  for (let at = 0; Math.round(at) < points.length; at += step) {
    const point = points[Math.round(at)];
    if (point) thinned.push(point);
  }
  return thinned;
}

function areaOfClass(truth: Int32Array, scores: Float64Array, k: number): number | null {
  const rows = truth.length;
  const positives = countOf(truth, k);
  if (positives === 0 || positives === rows) return null;
  const order = Array.from(scores.keys()).sort((a, b) => (scores[a] ?? 0) - (scores[b] ?? 0));
  let rankSum = 0;
  for (let start = 0; start < rows; ) {
    let end = start;
    let hits = 0;
    while (end < rows && scores[order[end] ?? 0] === scores[order[start] ?? 0]) {
      if (truth[order[end] ?? 0] === k) hits++;
      end++;
    }
    rankSum += hits * ((start + 1 + end) / 2);
    start = end;
  }
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * (rows - positives));
}

function scoresOf(probabilities: Float64Array, classes: number, k: number): Float64Array {
  const scores = new Float64Array(probabilities.length / classes);
  for (let row = 0; row < scores.length; row++) scores[row] = probabilities[row * classes + k] ?? 0;
  return scores;
}

function countOf(truth: Int32Array, k: number): number {
  let count = 0;
  for (const actual of truth) if (actual === k) count++;
  return count;
}
