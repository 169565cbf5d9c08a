import type { Reference } from '#contracts/model-package';
import { type Comparison, comparison } from '#features/histograms';
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

/** The p-value of two lists of counts, bin by bin, being of one distribution. */
type DriftTest = (before: readonly number[], now: readonly number[]) => number;

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

const TESTS: Record<Comparison['test'], DriftTest> = {
  'kolmogorov-smirnov': kolmogorovSmirnov,
  'chi-square': chiSquareHomogeneity,
};

function featureDrift(name: string, reference: Reference, live: LiveHistogram, significance: number): FeatureDrift {
  const before = reference.features[name];
  const now = live.features.get(name);
  const compared = before === undefined || now === undefined ? null : comparison(before, now);
  if (before === undefined || now === undefined || compared === null)
    throw new RangeError(`feature "${name}": the live histogram was not made from this reference`);
  const missing = now.missing / live.rows - before.missing / reference.rows;
  const unseen = compared.unseen.now / live.rows - compared.unseen.before / reference.rows;
  return verdict(name, compared.before, compared.now, TESTS[compared.test], missing, unseen, significance);
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
  test: DriftTest,
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
