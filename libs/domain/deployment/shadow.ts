import { alreadyLive, find, inProgress, stale } from './commands.js';
import { Draft } from './draft.js';
import { type Decision, rejected } from './effects.js';
import type { Context, InputOf } from './inputs.js';
import type { ModelState } from './state.js';

/** Sets which version is scored beside the live one, or that none is. Nothing that is served changes. */
export function shadow(state: ModelState, input: InputOf<'shadow'>, context: Context): Decision {
  const entry = input.version === null ? null : find(state, context, input.version);
  if (entry !== null && 'kind' in entry) return entry;
  const old = stale(state, input.expectedGeneration);
  if (old !== null) return old;
  const problem = entry === null ? withoutShadow(state) : unsuitable(state, entry.ref.version);
  if (problem !== null) return problem;
  // Its generation would be taken for an answer to the one that is being waited for.
  if (state.active !== null) return inProgress(state, state.active);
  const draft = new Draft(state, context);
  draft.state = { ...state, shadow: entry && { ...entry.ref, since: draft.now } };
  draft.publish('shadow', context.newId(), input.actor, input.reason);
  draft.audit(entry === null ? 'shadow.stopped' : 'shadow.started', input.actor, input.reason);
  return draft.decision();
}

function withoutShadow({ model, shadow: current }: ModelState): Decision | null {
  return current === null ? rejected('no-shadow', null, `${model} has no shadow that could be stopped.`) : null;
}

function unsuitable(state: ModelState, version: string): Decision | null {
  const { model, live } = state;
  if (live === null)
    return rejected('no-live-version', null, `No version of ${model} is live, so there is no traffic to score beside.`);
  if (live.version === version) return alreadyLive(state, version);
  if (state.shadow?.version === version)
    return rejected('already-shadow', 'version', `${version} of ${model} is the shadow already.`);
  return null;
}
