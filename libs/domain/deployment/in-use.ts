import { lastGoodVersion } from './candidates.js';
import type { CatalogueEntry } from './inputs.js';
import type { ModelState } from './state.js';

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
