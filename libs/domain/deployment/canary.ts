import { stale } from './commands.js';
import { Draft } from './draft.js';
import { type Decision, rejected } from './effects.js';
import type { Context, InputOf } from './inputs.js';
import { advance } from './progress.js';
import type { Canary, ModelState } from './state.js';
import { abort, promote, startCanaryStep } from './steps.js';

/** The running canary, or why there is none to speak of. */
function running(state: ModelState, expectedGeneration: number | null): Canary | Decision {
  const old = stale(state, expectedGeneration);
  if (old !== null) return old;
  if (state.active?.phase === 'canary') return state.active;
  const instead =
    state.active === null ? 'nothing is being deployed' : `${state.active.to.version} is ${state.active.phase}`;
  return rejected('no-canary', null, `No canary of ${state.model} is running: ${instead}.`);
}

/** More of the traffic for the canary, in the end all of it. */
export function canaryAdvance(state: ModelState, input: InputOf<'canary-advance'>, context: Context): Decision {
  const canary = running(state, input.expectedGeneration);
  if (!('phase' in canary)) return canary;
  const draft = new Draft(state, context);
  const { canarySteps, trialSteps } = context.settings;
  const steps = canary.trial === null ? canarySteps : trialSteps;
  const next = input.won ? 100 : (steps.find((percent) => percent > canary.percent) ?? 100);
  const { actor, reason, outcomes } = input;
  if (next < 100) startCanaryStep(draft, canary, next, { actor, reason, outcomes });
  else promote(draft, canary, { actor, reason, outcomes });
  draft.accepted = {
    deployment_id: canary.deployment_id,
    generation: draft.state.generation,
    from_version: canary.from?.version ?? null,
    to_version: canary.to.version,
  };
  advance(draft);
  return draft.decision();
}

/** Takes the canary back; what is live stays live. By itself, somebody is told. */
export function canaryAbort(state: ModelState, input: InputOf<'canary-abort'>, context: Context): Decision {
  const canary = running(state, input.expectedGeneration);
  if (!('phase' in canary)) return canary;
  const draft = new Draft(state, context);
  const { actor, reason, trigger } = input;
  const onTrial = trigger === 'trial';
  if (trigger !== 'operator' && !onTrial) {
    draft.failed(canary, reason, []);
    draft.alert('deployment-failed', `Canary ${canary.to.version} was taken back at ${canary.percent} %: ${reason}`);
  }
  // A lost trial is what a trial is for: nobody has to be told, and the version was never good enough.
  const left = onTrial ? 'rejected' : null;
  abort(draft, { trigger, actor, reason, forced: false }, 'failed', reason, left);
  advance(draft);
  return draft.decision();
}
