import type { ModelStatus } from '#contracts/http/models';
import type { VersionSummary } from '#contracts/http/versions';

export interface RollbackTarget {
  version: string;
  /** What choosing it means, as a few words beside its name. */
  note: string;
  /** How many instances have it loaded already; the others fetch it first. */
  warm: number;
}

/**
 * Where one can go back to, the best first: out of a roll-out by naming what is live, then where the registry would go,
 * then to versions that were live before, the latest first, and last to those that were themselves taken back. A command
 * names its version, so that what was confirmed is what happens.
 */
export function rollbackTargets(status: ModelStatus, versions: readonly VersionSummary[]): RollbackTarget[] {
  const { live } = status;
  if (live === null) return [];
  const rollingOut = status.deployment !== null && ['staging', 'canary'].includes(status.deployment.state);
  const latestFirst = versions
    .filter(({ version, deployed_at }) => version !== live.version && deployed_at !== null)
    .toSorted((a, b) => Date.parse(b.deployed_at ?? '') - Date.parse(a.deployed_at ?? ''));
  const inState = (state: VersionSummary['state']): string[] =>
    latestFirst.filter((version) => version.state === state).map(({ version }) => version);
  const target = (note: string) => (version: string) => ({ version, note, warm: warmOn(status, version) });
  const best = status.rollback_to?.version ?? inState('superseded')[0];
  return [
    ...(rollingOut ? [live.version] : []).map(target('live now; stops the roll-out')),
    ...(best === undefined ? [] : [best]).map(target('live before')),
    ...inState('superseded')
      .filter((version) => version !== best)
      .map(target('live earlier')),
    ...inState('rolled-back')
      .filter((version) => version !== best)
      .map(target('was rolled back itself')),
  ];
}

/** How many instances have this version loaded. */
export function warmOn({ instances }: ModelStatus, version: string): number {
  return instances.filter((instance) => instance.version === version || instance.warm.includes(version)).length;
}
