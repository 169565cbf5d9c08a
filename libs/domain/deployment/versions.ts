import type { VersionRef } from '#contracts/primitives';
import type { CatalogueEntry } from './inputs.js';
import type { ModelState } from './state.js';

/** Versions kept loaded beside the live one. With it, an instance has four, and a staged one makes five. */
export const WARM_VERSIONS = 3;

/**
 * The last good version: the latest that was live before the current one, was not itself rolled back, and whose
 * artifacts are still there. Null when there is none.
 */
export function lastGoodVersion(state: ModelState, catalogue: ReadonlyMap<string, CatalogueEntry>): VersionRef | null {
  const good = state.history.find(({ version }) => {
    const entry = catalogue.get(version);
    return entry !== undefined && entry.state !== 'rolled-back' && entry.state !== 'removed';
  });
  return good ?? null;
}

/** Puts `first` in front and leaves out `without`; no version is there twice. */
export function distinctVersions(versions: readonly (VersionRef | null)[], without: VersionRef | null): VersionRef[] {
  const byName = new Map<string, VersionRef>();
  for (const ref of versions)
    if (ref !== null && ref.version !== without?.version && !byName.has(ref.version))
      byName.set(ref.version, { version: ref.version, digest: ref.digest, artifact_uri: ref.artifact_uri });
  return [...byName.values()];
}

/** What to keep loaded once `live` is live: the way back first, then what was used last. */
export function warmVersions(
  live: VersionRef | null,
  history: readonly VersionRef[],
  left: VersionRef | null,
  warm: readonly VersionRef[],
): VersionRef[] {
  return distinctVersions([history[0] ?? null, left, ...warm, ...history], live).slice(0, WARM_VERSIONS);
}

/**
 * The versions whose files must stay: live, the one before it, warm, staged, a canary or a shadow, waiting for its turn or for its
 * verdict.
 */
export function versionsInUse(state: ModelState, catalogue: ReadonlyMap<string, CatalogueEntry>): Set<string> {
  const { live, history, warm, active, queued, shadow } = state;
  const refs = [live, history[0], lastGoodVersion(state, catalogue), ...warm, active?.from, active?.to, shadow];
  const inUse = new Set(refs.flatMap((ref) => (ref ? [ref.version] : [])));
  if (queued !== null) inUse.add(queued.version);
  for (const [version, entry] of catalogue) {
    const busy = entry.state === 'staged' || entry.state === 'canary' || entry.state === 'live';
    if (busy || (entry.state === 'registered' && entry.verdict === null)) inUse.add(version);
  }
  return inUse;
}
