import type { Draft } from './draft.js';
import { fail } from './failure.js';
import { startQueued } from './queue.js';
import type { Activating, ActiveDeployment, Canary, Staging } from './state.js';
import { endDrill, promote, startCanaryStep } from './steps.js';

/**
 * Takes every step that the acknowledgements and the time allow. With nobody present there is nobody to wait for: the
 * desired state is published, and whoever comes up later obeys it.
 */
export function advance(draft: Draft): void {
  for (;;) {
    const { active } = draft.state;
    if (active === null) {
      if (!startQueued(draft)) return;
    } else if (!step(draft, withPresence(draft, active))) return;
  }
}

/** True when the deployment moved and may move further. */
function step(draft: Draft, active: ActiveDeployment): boolean {
  const behind = draft.context.instances
    .map(({ instance }) => instance)
    .filter((instance) => !hasFollowed(active, instance));
  if (behind.length === 0) return allFollowed(draft, active);
  const { now, heardForMs, settings } = draft.context;
  const over = active.deadline_at !== null && Date.parse(active.deadline_at) <= now.getTime();
  const late = over && heardForMs >= settings.deadlineMs;
  const failed = behind.filter((instance) => active.instances[instance]?.state === 'failed');
  if (!late && failed.length < behind.length) return false;
  const silent = behind.filter((instance) => !failed.includes(instance));
  fail(draft, active, {
    trigger: silent.length > 0 ? 'deadline' : 'activation-failed',
    reason: [
      ...failed.map((instance) => `${instance}: ${active.instances[instance]?.detail ?? 'failed'}`),
      ...(silent.length > 0 ? [`no acknowledgement from ${silent.join(', ')} by the deadline`] : []),
    ].join('; '),
    instances: behind,
  });
  return true;
}

function hasFollowed(active: ActiveDeployment, instance: string): boolean {
  const state = active.instances[instance]?.state;
  return state === 'activated' || (active.phase === 'staging' && state === 'loaded');
}

function allFollowed(draft: Draft, active: ActiveDeployment): boolean {
  switch (active.phase) {
    case 'staging': {
      if (active.kind === 'drill') {
        endDrill(draft, active);
        return true;
      }
      const first = draft.context.settings.canarySteps[0] ?? 100;
      if (active.from !== null && first < 100)
        startCanaryStep(draft, active, first, {
          actor: active.actor,
          reason: `every instance has loaded ${active.to.version}`,
          outcomes: 0,
        });
      else promote(draft, active);
      return true;
    }
    case 'canary':
      if (active.deadline_at !== null) draft.follow({ ...active, deadline_at: null });
      return false;
    case 'activating':
      complete(draft, active);
      return true;
  }
}

function complete(draft: Draft, active: Activating): void {
  const { live } = draft.state;
  const proven = Object.values(active.instances).some(({ state }) => state === 'activated');
  if (live !== null) draft.state = { ...draft.state, live: { ...live, proven: live.proven || proven } };
  draft.finish(active, 'done', null);
  draft.audit(`${active.kind === 'rollback' ? 'rollback' : 'deployment'}.completed`, active.actor, active.reason);
  // These spoke of what was live before; what came of it is in the history of deployments.
  draft.effects.push({ kind: 'resolve-alert', alert: 'accuracy-drop' });
  draft.effects.push({ kind: 'resolve-alert', alert: 'data-drift' });
  if (active.kind === 'rollback') return;
  draft.effects.push({ kind: 'resolve-alert', alert: 'deployment-failed' });
  draft.effects.push({ kind: 'resolve-alert', alert: 'auto-deploy-held' });
}

/** The deployment with those who joined, and with those whose heartbeat says what an acknowledgement would. */
function withPresence(draft: Draft, active: ActiveDeployment): ActiveDeployment {
  const instances = draft.instances(active.instances);
  let changed = Object.keys(instances).length !== Object.keys(active.instances).length;
  if (active.phase === 'activating')
    for (const { instance, generation, version } of draft.context.instances)
      if (
        generation === active.generation &&
        version === active.to.version &&
        instances[instance]?.state !== 'activated'
      ) {
        instances[instance] = { state: 'activated', milliseconds: elapsed(draft, active), detail: null };
        changed = true;
      }
  if (!changed) return active;
  const next = { ...active, instances };
  draft.follow(next);
  return next;
}

/** Milliseconds since the command was accepted. */
export const elapsed = (draft: Draft, active: Staging | Canary | Activating): number =>
  draft.context.now.getTime() - Date.parse(active.started_at);
