import type { ModelStatus, VersionSummary } from '#contracts/http/registry';

export interface RollbackTarget {
  version: string;
  /** What choosing it means, as a few words beside its name. */
  note: string;
  /** How many instances have it loaded already; the others fetch it first. */
  warm: number;
}

/**
 * Where one can go back to, the best first: out of a roll-out by naming what is live, then to versions that were live
 * before, the latest first, and last to those that were themselves taken back. The registry decides in the end; a
 * command names its version, so that what was confirmed is what happens.
 */
export function rollbackTargets(status: ModelStatus, versions: readonly VersionSummary[]): RollbackTarget[] {
  const { live } = status;
  if (live === null) return [];
  const warm = (version: string): number =>
    status.instances.filter((instance) => instance.version === version || instance.warm.includes(version)).length;
  const target = (version: string, note: string): RollbackTarget => ({ version, note, warm: warm(version) });

  const rollingOut = status.deployment !== null && ['staging', 'canary'].includes(status.deployment.state);
  const wasLive = versions.filter(({ version, deployed_at }) => version !== live.version && deployed_at !== null);
  const latestFirst = wasLive.toSorted((a, b) => Date.parse(b.deployed_at ?? '') - Date.parse(a.deployed_at ?? ''));
  return [
    ...(rollingOut ? [target(live.version, 'live now; stops the roll-out')] : []),
    ...latestFirst
      .filter(({ state }) => state === 'superseded')
      .map(({ version }, index) => target(version, index === 0 ? 'live before' : 'live earlier')),
    ...latestFirst
      .filter(({ state }) => state === 'rolled-back')
      .map(({ version }) => target(version, 'was rolled back itself')),
  ];
}
