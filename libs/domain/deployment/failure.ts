import type { Draft } from './draft.js';
import type { Activating, ActiveDeployment } from './state.js';
import { abort, rollBackTo } from './steps.js';
import { lastGoodVersion } from './versions.js';

/** Why a deployment cannot go on. */
export interface Failure {
  trigger: 'activation-failed' | 'deadline';
  reason: string;
  instances: string[];
}

/** Gives up the running deployment and leads back to the last good version. Something must be running. */
export function fail(draft: Draft, active: ActiveDeployment, failure: Failure): void {
  const origin = { trigger: failure.trigger, actor: 'registry', reason: failure.reason, forced: false };
  if (active.kind === 'drill') {
    draft.alert('drill-failed', `A rollback to ${active.to.version} is not prepared: ${failure.reason}`);
    abort(draft, origin, 'failed', failure.reason);
    return;
  }
  draft.failed(active, failure.reason, failure.instances);
  if (active.phase !== 'activating') {
    draft.alert('deployment-failed', `${active.to.version} was given up: ${failure.reason}`);
    abort(draft, origin, 'failed', failure.reason);
  } else if (active.kind === 'deploy') failDeploy(draft, active, failure);
  else failRollback(draft, active, failure);
}

/** The cool-down does not hold this back: a deployment that cannot be finished leads back, and a rollback never chains. */
function failDeploy(draft: Draft, active: Activating, failure: Failure): void {
  const { trigger, reason } = failure;
  draft.finish(active, 'failed', reason);
  draft.audit('deployment.failed', 'registry', reason);
  const last = lastGoodVersion(draft.state, draft.context.catalogue);
  if (last === null) {
    draft.alert(
      'deployment-failed',
      `${active.to.version}: ${reason}. There is no good version to go back to; it stays.`,
    );
    return;
  }
  draft.alert('deployment-failed', `${active.to.version}: ${reason}. Going back to ${last.version}.`);
  coolDown(draft);
  rollBackTo(draft, last, { trigger, actor: 'registry', reason: `automatic: ${reason}`, forced: false });
}

/**
 * A rollback that fails does not lead to a further one: an operator chose its target, or it was automatic already.
 * When not one instance can serve the target, all still serve what they served, and the desired state says so again;
 * otherwise the target stays, and whoever is behind reports not ready.
 */
function failRollback(draft: Draft, active: Activating, { reason, instances }: Failure): void {
  const { from, to } = active;
  const nobody =
    draft.context.instances.length > 0 &&
    draft.context.instances.every(({ instance }) => active.instances[instance]?.state === 'failed');
  if (!nobody || from === null) {
    draft.finish(active, 'failed', reason);
    draft.alert('deployment-failed', `Rollback to ${to.version} is incomplete on ${instances.join(', ')}: ${reason}`);
    draft.audit('rollback.incomplete', 'registry', reason);
    return;
  }
  draft.finish(active, 'failed', `${reason}; ${from.version} stays`);
  const { state } = draft;
  draft.state = {
    ...state,
    live: { ...from, since: draft.now, generation: state.generation + 1, proven: true },
    history: active.history_before,
    warm: state.warm.filter(({ version }) => version !== from.version),
  };
  draft.publish('abort', active.deployment_id, 'registry', reason);
  draft.versionState(to.version, 'rolled-back');
  draft.versionState(from.version, 'live');
  draft.alert('deployment-failed', `No instance can serve ${to.version}: ${reason}. ${from.version} stays.`);
  draft.audit('rollback.failed', 'registry', reason);
}

/** For a while, nothing happens by itself. */
export function coolDown(draft: Draft): void {
  const until = new Date(draft.context.now.getTime() + draft.context.settings.coolDownMs);
  draft.state = { ...draft.state, cool_down_until: until.toISOString() };
}

export const coolingDown = (draft: Draft): boolean =>
  draft.state.cool_down_until !== null && Date.parse(draft.state.cool_down_until) > draft.context.now.getTime();
