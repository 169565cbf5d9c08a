import type { ActivationFailed, DesiredState } from '#contracts/events/deployment';
import type { VersionRef } from '#contracts/primitives';

/** Without these in memory the state cannot be followed. A shadow is not among them: nobody is served by it. */
export function neededVersions(desired: DesiredState): VersionRef[] {
  return distinct([desired.live, desired.canary]);
}

/** Everything to have in memory, what is needed first in front. */
export function wantedVersions(desired: DesiredState): VersionRef[] {
  return distinct([desired.live, desired.canary, desired.staged, desired.shadow, ...desired.warm]);
}

/** Versions whose failing to load is the registry's to know. A warm or shadow one that cannot be had harms nobody yet. */
export function vitalVersions(desired: DesiredState): VersionRef[] {
  return distinct([desired.live, desired.canary, desired.staged]);
}

/** The version an acknowledgement of the state speaks of: the one that was just brought in. Null if nothing is live. */
export function acknowledgedVersion(desired: DesiredState): VersionRef | null {
  return desired.cause === 'canary' ? (desired.canary ?? desired.live) : desired.live;
}

/** Failures of the store may pass; what verified bytes hold does not change. */
export function isWorthRetrying(reason: ActivationFailed['reason']): boolean {
  return reason !== 'golden-mismatch' && reason !== 'unreadable-package';
}

/** Pause before the n-th retry, from 0: one second, doubling to thirty. */
export function retryPauseMs(attempt: number): number {
  return Math.min(1000 * 2 ** attempt, 30_000);
}

export interface Standing {
  readonly desired: DesiredState;
  /** Generation it acts by; null while it acts by none. */
  readonly acting: number | null;
  /** Why a needed version could not be loaded; null if none failed. */
  readonly failure: string | null;
  readonly now: number;
}

/**
 * Why an instance is not ready to be sent requests; null if it is. While a newer generation is being loaded it still is:
 * otherwise every deployment would take all instances out at once.
 */
export function unreadiness({ desired, acting, failure, now }: Standing): string | null {
  const goal = `generation ${desired.generation} of ${desired.model}`;
  if (acting === desired.generation) return null;
  if (failure !== null) return `cannot follow ${goal}: ${failure}`;
  if (acting === null) return desired.live === null ? null : `loading ${desired.live.version} for ${goal}`;
  return now > Date.parse(desired.deadline_at) ? `does not act by ${goal} yet, after its deadline` : null;
}

function distinct(refs: readonly (VersionRef | null)[]): VersionRef[] {
  const seen = new Map<string, VersionRef>();
  for (const ref of refs)
    if (ref !== null && !seen.has(`${ref.version} ${ref.digest}`))
      // A canary carries its percentage as well, which is not part of the version.
      seen.set(`${ref.version} ${ref.digest}`, {
        version: ref.version,
        digest: ref.digest,
        artifact_uri: ref.artifact_uri,
      });
  return [...seen.values()];
}
