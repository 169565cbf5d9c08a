import type { FeatureDrift } from './drift.js';

/** What a check has to tell, given what was known before. */
export interface DriftNews {
  /** Features drifted now, by name; remembered for the next check. */
  readonly drifted: readonly string[];
  /** Features to report: all that have drifted, if any of them is new; else none. */
  readonly report: readonly FeatureDrift[];
  /** Whether this is the beginning of an episode, which is what a retraining answers to. */
  readonly begins: boolean;
}

/** A drift is told once; it is told again when another feature joins it, and starts anew once everything was quiet. */
export function driftNews(found: readonly FeatureDrift[], known: readonly string[]): DriftNews {
  const report = found.filter(({ drifted }) => drifted);
  const drifted = report.map(({ feature }) => feature);
  const isNews = drifted.some((feature) => !known.includes(feature));
  return {
    drifted: drifted.length === 0 ? [] : [...new Set([...known, ...drifted])].toSorted(),
    report: isNews ? report : [],
    begins: isNews && known.length === 0,
  };
}
