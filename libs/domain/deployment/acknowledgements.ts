import { Draft } from './draft.js';
import { type Decision, unchanged } from './effects.js';
import { coolDown, fail } from './failure.js';
import type { Context, InputOf } from './inputs.js';
import { ofAnotherHistory } from './observation.js';
import { advance, elapsed } from './progress.js';
import type { ActiveDeployment, InstanceProgress, ModelState } from './state.js';
import { rollBackTo } from './steps.js';
import { lastGoodVersion } from './versions.js';

function note(draft: Draft, active: ActiveDeployment, instance: string, progress: InstanceProgress): ActiveDeployment {
  const next = { ...active, instances: { ...active.instances, [instance]: progress } };
  draft.follow(next);
  return next;
}

/** An instance has loaded the staged version, or answers by the generation in question. */
export function acknowledged(
  state: ModelState,
  input: InputOf<'loaded'> | InputOf<'activated'>,
  context: Context,
): Decision {
  const { active } = state;
  if (ofAnotherHistory(state, input.epoch))
    return unchanged(`${input.instance} speaks of generation ${input.generation} of another history, ${input.epoch}`);
  const expected =
    input.kind === 'loaded' ? active?.phase === 'staging' : active !== null && active.phase !== 'staging';
  if (active === null || !expected || input.generation !== active.generation) return proof(state, input, context);
  // By a canary's generation, an instance answers with two versions; it may name either.
  if (active.phase !== 'canary' && input.digest !== active.to.digest)
    return unchanged(`${input.instance} speaks of ${input.digest}, but ${active.to.version} is ${active.to.digest}`);
  const done = active.instances[input.instance]?.state;
  if (done === input.kind) return unchanged(`${input.instance} has acknowledged before`);
  const draft = new Draft(state, context);
  note(draft, active, input.instance, { state: input.kind, milliseconds: elapsed(draft, active), detail: null });
  advance(draft);
  return draft.decision();
}

/** The first instance that answers with a version that went live while nobody was there. */
function proof(state: ModelState, input: InputOf<'loaded'> | InputOf<'activated'>, context: Context): Decision {
  const { live } = state;
  if (input.kind !== 'activated' || live === null || live.proven || input.digest !== live.digest)
    return unchanged(`nothing waits for ${input.instance} to have ${input.kind} generation ${input.generation}`);
  const draft = new Draft({ ...state, live: { ...live, proven: true } }, context);
  return draft.decision();
}

/** An instance cannot follow. */
export function activationFailed(state: ModelState, input: InputOf<'activation-failed'>, context: Context): Decision {
  const { active, live } = state;
  if (ofAnotherHistory(state, input.epoch))
    return unchanged(`${input.instance} fails generation ${input.generation} of another history, ${input.epoch}`);
  const why = `${input.reason}: ${input.detail}`;
  const draft = new Draft(state, context);
  if (active !== null && input.generation === active.generation) {
    if (active.instances[input.instance]?.state === 'failed') return unchanged(`${input.instance} has failed before`);
    const milliseconds = elapsed(draft, active);
    const noted = note(draft, active, input.instance, { state: 'failed', milliseconds, detail: why });
    // A rollback goes on for the others: the way back must not depend on the weakest instance.
    if (noted.kind !== 'rollback')
      fail(draft, noted, {
        trigger: 'activation-failed',
        reason: `${input.instance}: ${why}`,
        instances: [input.instance],
      });
    advance(draft);
    return draft.decision();
  }
  // Long after a deployment, one sick instance says nothing about the version. But a version that went live while
  // nobody was there has not been tried by anyone.
  if (active !== null || live === null || live.proven || input.version !== live.version)
    return unchanged(`${input.instance} cannot follow generation ${input.generation} (${why}); nothing waits for it`);
  const reason = `${input.instance}: ${why}`;
  const last = lastGoodVersion(state, context.catalogue);
  draft.alert('deployment-failed', `${live.version}, which nobody had tried: ${reason}`);
  if (last === null) draft.audit('deployment.failed', 'registry', `${reason}; there is no good version to go back to`);
  else {
    coolDown(draft);
    rollBackTo(draft, last, {
      trigger: 'activation-failed',
      actor: 'registry',
      reason: `automatic: ${reason}`,
      forced: false,
    });
    advance(draft);
  }
  return draft.decision();
}
