import type { Reference } from '#contracts/model-package';
import { chiSquareHomogeneity, kolmogorovSmirnov, populationStabilityIndex } from './distribution-tests.js';
import type { LiveHistogram } from './live-histogram.js';

/** From here on a shift is large enough to matter … */
export const PSI_THRESHOLD = 0.2;
export const MISSING_THRESHOLD = 0.1;
export const UNSEEN_THRESHOLD = 0.05;
/** … and from here on sure enough to be one, over all features together (Bonferroni). */
const SIGNIFICANCE = 0.001;
/** Fewer live rows than this are not judged. */
export const FEWEST_ROWS = 500;

export interface FeatureDrift {
  readonly feature: string;
  readonly psi: number;
  readonly p_value: number | null;
  readonly missing_rate_change: number;
  readonly unseen_rate_change: number;
  readonly drifted: boolean;
}

/**
 * Compares live rows with the rows a model was trained on, feature by feature, and how sure it is of its decisions with
 * how sure it was on its holdout (as the feature "prediction"; left out where that is not known). A feature has drifted if its distribution has shifted both noticeably
 * and significantly, or many more (or fewer) values are missing, or unlike any seen in training. Empty below 500 rows.
 */
export function assessDrift(
  reference: Reference,
  decisionDeciles: readonly number[] | null,
  live: LiveHistogram,
): FeatureDrift[] {
  if (live.rows < FEWEST_ROWS || reference.rows === 0) return [];
  const names = Object.keys(reference.features).filter((name) => live.features.has(name));
  const significance = SIGNIFICANCE / (names.length + 1);
  const features = names.map((name) => featureDrift(name, reference, live, significance));
  const predictions = predictionDrift(decisionDeciles, live, significance);
  return predictions ? [...features, predictions] : features;
}

function featureDrift(name: string, reference: Reference, live: LiveHistogram, significance: number): FeatureDrift {
  const before = reference.features[name];
  const now = live.features.get(name);
  if (before === undefined || now === undefined || before.kind !== now.kind)
    throw new RangeError(`feature "${name}": the live histogram was not made from this reference`);
  const missing = now.missing / live.rows - before.missing / reference.rows;
  if (before.kind === 'numeric' && now.kind === 'numeric')
    return verdict(name, before.counts, now.counts, kolmogorovSmirnov, missing, 0, significance);
  if (before.kind === 'categorical' && now.kind === 'categorical') {
    const categories = Object.keys(before.counts);
    const counts = (of: typeof before) => [...categories.map((category) => of.counts[category] ?? 0), of.other];
    const unseen = now.other / live.rows - before.other / reference.rows;
    return verdict(name, counts(before), counts(now), chiSquareHomogeneity, missing, unseen, significance);
  }
  throw new RangeError(`feature "${name}": unknown kind of histogram`);
}

function predictionDrift(
  deciles: readonly number[] | null,
  live: LiveHistogram,
  significance: number,
): FeatureDrift | null {
  if (deciles === null || deciles.every((count) => count === 0)) return null;
  return verdict('prediction', deciles, live.deciles, kolmogorovSmirnov, 0, 0, significance);
}

function verdict(
  feature: string,
  before: readonly number[],
  now: readonly number[],
  test: (before: readonly number[], now: readonly number[]) => number,
  missing: number,
  unseen: number,
  significance: number,
): FeatureDrift {
  const psi = populationStabilityIndex(before, now);
  const pValue = test(before, now);
  const shifted = psi >= PSI_THRESHOLD && pValue <= significance;
  return {
    feature,
    psi,
    p_value: pValue,
    missing_rate_change: missing,
    unseen_rate_change: unseen,
    drifted: shifted || Math.abs(missing) >= MISSING_THRESHOLD || unseen >= UNSEEN_THRESHOLD,
  };
}
