import { Draft } from './draft.js';
import { type Decision, unchanged } from './effects.js';
import type { Context, InputOf } from './inputs.js';
import type { ModelState } from './state.js';

/** With twice the outcomes, what is told of a degraded version is worth telling again. */
const REFRESH = 2;

/**
 * The live version is worse than always giving the same answer, and it stays, so its answers say so; or it no longer is. Nothing that
 * is served changes.
 */
export function standing(state: ModelState, input: InputOf<'standing'>, context: Context): Decision {
  const { live, active } = state;
  const { degraded } = input;
  if (live === null || input.version !== live.version)
    return unchanged(`${input.version} is not live, ${live?.version ?? 'nothing'} is`);
  const before = state.degraded;
  if (before === null ? degraded === null : degraded !== null && degraded.outcomes < REFRESH * before.outcomes)
    return unchanged(`what is said of ${live.version} stays`);
  // Its generation would be taken for an answer to the one that is being waited for.
  if (active !== null && (active.phase !== 'canary' || active.deadline_at !== null))
    return unchanged(`${active.to.version} is being deployed`);
  const draft = new Draft({ ...state, degraded: degraded && { version: live.version, ...degraded } }, context);
  const share = (value: number): string => `${(100 * value).toFixed(1)} %`;
  const reason =
    degraded === null
      ? `${live.version} is no longer worse than always giving the same answer`
      : `${live.version} is right in ${share(degraded.live_accuracy)} of ${degraded.outcomes} outcomes since ${degraded.since}; always giving the same answer would be in ${share(degraded.baseline_accuracy)}`;
  draft.publish('degraded', context.newId(), 'monitor', reason);
  draft.audit(degraded === null ? 'version.recovered' : 'version.degraded', 'monitor', reason);
  return draft.decision();
}
