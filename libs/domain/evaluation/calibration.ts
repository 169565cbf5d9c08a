import type { HoldoutMetrics } from '#contracts/events/evaluation';
import type { Scored } from './scored.js';

const BINS = 10;

/**
 * Reliability diagram in ten bins of equal width (DeGroot & Fienberg 1983): per bin the mean probability given and the
 * share that came true. For two classes it is the probability of the second one; beyond two, of the predicted class
 * (Guo et al., "On calibration of modern neural networks", 2017). Empty bins are left out.
 */
export function calibrationBins(scored: Scored, predicted: Int32Array): HoldoutMetrics['calibration'] {
  const count = scored.classes.length;
  const binary = count === 2;
  const bins = Array.from({ length: BINS }, () => ({ given: 0, came: 0, rows: 0 }));
  for (let row = 0; row < scored.truth.length; row++) {
    const k = binary ? 1 : (predicted[row] ?? 0);
    const probability = scored.probabilities[row * count + k] ?? 0;
    const bin = bins[Math.max(0, Math.min(BINS - 1, Math.floor(probability * BINS)))];
    if (!bin) continue;
    bin.given += probability;
    bin.came += scored.truth[row] === k ? 1 : 0;
    bin.rows++;
  }
  return bins
    .filter((bin) => bin.rows > 0)
    .map((bin) => ({ predicted: bin.given / bin.rows, observed: bin.came / bin.rows, rows: bin.rows }));
}

/** Expected calibration error: mean distance between given and observed, weighted by rows. */
export function calibrationError(bins: HoldoutMetrics['calibration']): number {
  const rows = bins.reduce((total, bin) => total + bin.rows, 0);
  return rows === 0
    ? 0
    : bins.reduce((total, bin) => total + bin.rows * Math.abs(bin.predicted - bin.observed), 0) / rows;
}
