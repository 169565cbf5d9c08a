import type { DriftCheck } from '#contracts/http/metrics';

/** From here on a shift is large enough to matter, as the evaluator judges it. */
export const PSI_MATTERS = 0.2;

export interface FeatureNow {
  feature: string;
  drifted: boolean;
  psi: number;
  /** Change of the share of missing values, and of those that training never saw. */
  missing: number;
  unseen: number;
  /** PSI of the checks against the same version, oldest first. */
  history: number[];
}

/** Each feature as the newest check found it, the drifted ones and then the furthest first. Checks come newest first. */
export function driftOf(checks: readonly DriftCheck[]): FeatureNow[] {
  const [latest] = checks;
  if (latest === undefined) return [];
  const comparable = checks.filter(({ version }) => version === latest.version).toReversed();
  return latest.features
    .map(({ feature, drifted, psi, missing_rate_change: missing, unseen_rate_change: unseen }) => ({
      feature,
      drifted,
      psi,
      missing,
      unseen,
      history: comparable.flatMap((check) =>
        check.features.filter((other) => other.feature === feature).map((other) => other.psi),
      ),
    }))
    .sort((a, b) => Number(b.drifted) - Number(a.drifted) || b.psi - a.psi);
}
