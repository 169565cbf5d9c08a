import { consentsMissing } from './consent.js';
import type { Draft } from './draft.js';
import { coolingDown, fail } from './failure.js';
import type { PresentInstance } from './inputs.js';
import type { Activating, ActiveDeployment, Canary, ModelState, Staging } from './state.js';
import { endDrill, promote, stage, startCanaryStep } from './steps.js';

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
  const behind = awaited(draft)
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

/**
 * Whose acknowledgement counts: those who hear. A deaf instance is not ready, so nobody is sent to it; it reads what was decided as
 * soon as it hears again. Where nobody hears, it is not the instances that are at fault, and all of them are waited for.
 */
function awaited({ context }: Draft): readonly PresentInstance[] {
  const hearing = context.instances.filter((instance) => !isDeaf(instance));
  return hearing.length > 0 ? hearing : context.instances;
}

const isDeaf = ({ deafSince }: PresentInstance): boolean => (deafSince ?? null) !== null;

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
      const { canarySteps, trialSteps } = draft.context.settings;
      const steps = active.trial === null ? canarySteps : trialSteps;
      const first = steps.at(active.trial?.urgent ? -1 : 0) ?? 100;
      const atOnce = active.recovers && active.trial === null;
      if (active.from !== null && first < 100 && !atOnce)
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
  draft.audit(
    `${active.kind === 'rollback' ? 'rollback' : 'deployment'}.completed`,
    active.actor,
    [active.reason, ...withoutWhom(draft, active)].join('; '),
  );
  // These spoke of what was live before; what came of it is in the history of deployments.
  draft.effects.push({ kind: 'resolve-alert', alert: 'accuracy-drop' });
  draft.effects.push({ kind: 'resolve-alert', alert: 'data-drift' });
  if (active.kind === 'rollback') return;
  draft.effects.push({ kind: 'resolve-alert', alert: 'deployment-failed' });
  draft.effects.push({ kind: 'resolve-alert', alert: 'auto-deploy-held' });
}

/** Who was not waited for, as a part of a sentence. */
function withoutWhom({ context }: Draft, active: ActiveDeployment): string[] {
  const left = context.instances.filter((each) => isDeaf(each) && !hasFollowed(active, each.instance));
  return left.length === 0 ? [] : [`without ${left.map(({ instance }) => instance).join(', ')}, deaf`];
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
  for (const { instance, deafSince } of draft.context.instances) {
    const progress = instances[instance];
    if (progress?.state !== 'waiting') continue;
    const detail =
      (deafSince ?? null) === null ? null : `hears nothing from Kafka since ${deafSince}, and is not waited for`;
    if (progress.detail === detail) continue;
    instances[instance] = { ...progress, detail };
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

/** Stages the queued version once nobody's consent is missing, or says why it has to wait for a person. True when a deployment began. */
function startQueued(draft: Draft): boolean {
  const { queued, live } = draft.state;
  if (queued === null) return false;
  const outdated = queued.champion !== (live?.version ?? null);
  if (!outdated && consentsMissing(draft.state, draft.context, queued.version) > 0) return false;
  draft.state = { ...draft.state, queued: null };
  draft.effects.push({ kind: 'resolve-alert', alert: 'approval-wanted' });
  const entry = draft.context.catalogue.get(queued.version);
  const waits = entry?.state === 'registered' || (queued.trial !== null && entry?.state === 'rejected');
  if (entry === undefined || !waits) return false;
  const hold = holdReason(draft, queued, live?.version ?? null);
  if (hold !== null) {
    if (queued.trial !== null) {
      draft.audit('trial.held', 'gate', `${queued.version} is not tried: ${hold}`);
      return false;
    }
    const why = `${queued.version} passed the gate but is not deployed by itself: ${hold}`;
    draft.alert('auto-deploy-held', why);
    draft.audit('deployment.held', 'gate', why);
    return false;
  }
  stage(draft, entry.ref, {
    trigger: 'gate',
    actor: 'gate',
    reason: queued.reason,
    forced: false,
    trial: queued.trial,
    recovers: queued.recovers,
  });
  return true;
}

function holdReason(
  draft: Draft,
  { champion, recovers }: NonNullable<ModelState['queued']>,
  live: string | null,
): string | null {
  // The cool-down keeps two versions from taking turns; this one was better on what came since the drop.
  if (coolingDown(draft) && !recovers) return `nothing is deployed automatically before ${draft.state.cool_down_until}`;
  // Being better than a version that is no longer live says nothing about the one that is.
  if (champion !== live) return `it was judged against ${champion ?? 'no version'}, and ${live ?? 'none'} is live now`;
  return null;
}
