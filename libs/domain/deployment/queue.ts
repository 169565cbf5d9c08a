import type { Draft } from './draft.js';
import { coolingDown } from './failure.js';
import { stage } from './steps.js';

/** Stages the queued version, or says why it has to wait for a person. True when a deployment began. */
export function startQueued(draft: Draft): boolean {
  const { queued, live } = draft.state;
  if (queued === null) return false;
  draft.state = { ...draft.state, queued: null };
  const entry = draft.context.catalogue.get(queued.version);
  if (entry === undefined || entry.state !== 'registered') return false;
  const hold = holdReason(draft, queued.champion, live?.version ?? null);
  if (hold !== null) {
    const why = `${queued.version} passed the gate but is not deployed by itself: ${hold}`;
    draft.alert('auto-deploy-held', why);
    draft.audit('deployment.held', 'gate', why);
    return false;
  }
  stage(draft, entry.ref, { trigger: 'gate', actor: 'gate', reason: queued.reason, forced: false });
  return true;
}

function holdReason(draft: Draft, champion: string | null, live: string | null): string | null {
  if (coolingDown(draft)) return `nothing is deployed automatically before ${draft.state.cool_down_until}`;
  // Being better than a version that is no longer live says nothing about the one that is.
  if (champion !== live) return `it was judged against ${champion ?? 'no version'}, and ${live ?? 'none'} is live now`;
  return null;
}
