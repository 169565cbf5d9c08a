import { MISSING_THRESHOLD, PSI_THRESHOLD, UNSEEN_THRESHOLD } from './drift.js';

/** What of a feature is otherwise, as an event of drift tells it; older releases leave out values never seen. */
export interface DriftedFeature {
  readonly feature: string;
  readonly psi: number;
  readonly missing_rate_change: number;
  readonly unseen_rate_change?: number | undefined;
}

const points = (share: number): string => `${Math.abs(share * 100).toFixed(1)} points`;

/** By what a feature counts as drifted: its values shifted, are missing more or less often, or were never seen. */
export function inWords({
  feature,
  psi,
  missing_rate_change: missing,
  unseen_rate_change: unseen = 0,
}: DriftedFeature): string {
  const why = [
    ...(psi >= PSI_THRESHOLD ? [`PSI ${psi.toFixed(2)}`] : []),
    ...(Math.abs(missing) >= MISSING_THRESHOLD
      ? [`missing ${points(missing)} ${missing > 0 ? 'more' : 'less'} often`]
      : []),
    ...(unseen >= UNSEEN_THRESHOLD ? [`values never seen ${points(unseen)} more often`] : []),
  ];
  return `${feature} (${why.length > 0 ? why.join(', ') : `PSI ${psi.toFixed(2)}`})`;
}
