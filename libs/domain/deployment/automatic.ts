import type { VersionState } from '#contracts/http/versions';
import { askForConsent, consentsMissing } from './consent.js';
import { Draft } from './draft.js';
import { type Decision, unchanged } from './effects.js';
import { coolDown, coolingDown } from './failure.js';
import type { Context, InputOf } from './inputs.js';
import { advance } from './progress.js';
import type { Canary, ModelState, Staging } from './state.js';
import { abort, rollBackTo } from './steps.js';
import { lastGoodVersion } from './versions.js';

/** A version that passed the gate goes live by itself, unless something speaks against it. */
export function gatePass(state: ModelState, input: InputOf<'gate-pass'>, context: Context): Decision {
  const entry = context.catalogue.get(input.version);
  if (entry === undefined || entry.state !== 'registered' || entry.verdict !== 'pass')
    return unchanged(`${input.version} is ${entry?.state ?? 'unknown'} with verdict ${entry?.verdict ?? 'none'}`);
  const { version, champion, reason, recovers = false } = input;
  const draft = new Draft({ ...state, queued: { version, champion, reason, trial: null, recovers } }, context);
  const missing = consentsMissing(state, context, version);
  if (missing > 0) askForConsent(draft, version, missing, reason);
  else if (isOnTrial(state.active)) {
    // One that passed need not wait for one that may not.
    const why = `${version} passed the gate while ${state.active.to.version} was on trial`;
    abort(draft, { trigger: 'trial', actor: 'gate', reason: why, forced: false }, 'superseded', why, 'rejected');
  } else if (state.active !== null)
    draft.audit('deployment.queued', 'gate', `after ${state.active.to.version}: ${reason}`);
  advance(draft);
  return draft.decision();
}

/** A version that the holdout could not tell from the champion is tried beside it; one that passed goes first, of two the newer one. */
export function gateTrial(state: ModelState, input: InputOf<'gate-trial'>, context: Context): Decision {
  const { version, champion, reason, trial, recovers = false } = input;
  const entry = context.catalogue.get(version);
  // What did not pass is rejected, which a trial may yet revise.
  if (entry === undefined || !isWaiting(entry.state) || entry.verdict !== 'inconclusive')
    return unchanged(`${version} is ${entry?.state ?? 'unknown'} with verdict ${entry?.verdict ?? 'none'}`);
  if (state.live?.version !== champion)
    return unchanged(`${version} was judged against ${champion}, and ${state.live?.version ?? 'none'} is live now`);
  if (state.queued !== null && state.queued.trial === null)
    return unchanged(`${state.queued.version} passed the gate and goes first`);
  const draft = new Draft({ ...state, queued: { version, champion, reason, trial, recovers } }, context);
  const missing = consentsMissing(state, context, version);
  if (missing > 0) askForConsent(draft, `A trial of ${version}`, missing, reason);
  else if (isOnTrial(state.active) && trial.urgent) {
    // It has seen more of the world as it is, and a trial of the one before may take long.
    const why = `${version}, of more rows of the world as it is, is tried instead of ${state.active.to.version}`;
    abort(draft, { trigger: 'trial', actor: 'gate', reason: why, forced: false }, 'superseded', why, 'rejected');
  } else if (state.active !== null) draft.audit('trial.queued', 'gate', `after ${state.active.to.version}: ${reason}`);
  advance(draft);
  return draft.decision();
}

const isWaiting = (state: VersionState): boolean => state === 'registered' || state === 'rejected';

function isOnTrial(active: ModelState['active']): active is Canary | Staging {
  return active !== null && active.phase !== 'activating' && active.trial !== null;
}

/** The evaluator says that a version became worse than its reference. */
export function accuracyDrop(state: ModelState, input: InputOf<'accuracy-drop'>, context: Context): Decision {
  const draft = new Draft(state, context);
  const origin = { trigger: 'accuracy-drop' as const, actor: 'monitor', reason: input.detail, forced: false };
  const { active, live } = state;
  const since = active?.phase === 'canary' ? (active.steps[0]?.generation ?? active.generation) : null;
  if (since !== null && active?.to.version === input.version && input.generation >= since) {
    // No cool-down: nothing that was live is left, and should the live version drop too, it must be free to go back.
    draft.failed(active, input.detail, []);
    draft.alert('accuracy-drop', `Canary ${input.version} was taken back: ${input.detail}`);
    abort(draft, origin, 'failed', input.detail);
    advance(draft);
    return draft.decision();
  }
  if (live?.version !== input.version || input.generation < live.generation)
    return unchanged(`${input.version} of generation ${input.generation} is not what is live now`);
  const last = lastGoodVersion(state, context.catalogue);
  if (last === null || coolingDown(draft)) {
    const why =
      last === null ? 'there is no good version to go back to' : `cooling down until ${state.cool_down_until}`;
    draft.alert('accuracy-drop', `${input.version}: ${input.detail}. It stays: ${why}.`);
    draft.audit('rollback.held', 'monitor', `${input.detail}; ${why}`);
    return draft.decision();
  }
  draft.alert('accuracy-drop', `${input.version}: ${input.detail}. Going back to ${last.version}.`);
  coolDown(draft);
  rollBackTo(draft, last, { ...origin, reason: `automatic: ${input.detail}` });
  advance(draft);
  return draft.decision();
}
