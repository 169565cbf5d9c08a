import type { CanaryStep } from '#contracts/http/rollout';
import type { VersionState } from '#contracts/http/versions';
import type { VersionRef } from '#contracts/primitives';
import type { Draft } from './draft.js';
import type { Activating, Canary, Staging, Trial, Trigger } from './state.js';
import { distinctVersions, warmVersions } from './versions.js';

/** Who or what wants a step, and why. */
export interface Origin {
  trigger: Trigger;
  actor: string;
  reason: string;
  forced: boolean;
  /** For a version that has to show first what it is worth. */
  trial?: Trial | null;
  recovers?: boolean;
}

/** Who moves a canary and why, and how many outcomes it has by then. */
export interface StepOrigin {
  actor: string;
  reason: string;
  outcomes: number;
}

/** So many former versions are remembered as a way back. */
const HISTORY = 50;

/** Of a version that nothing is done with. */
const settledState = (state: VersionState | undefined): Staging['was'] =>
  state === 'rejected' || state === 'superseded' || state === 'rolled-back' ? state : 'registered';

/** Begins a deployment, or a drill: every instance is to load and verify `to`. */
export function stage(draft: Draft, to: VersionRef, origin: Origin, kind: Staging['kind'] = 'deploy'): void {
  const { state, context } = draft;
  const active: Staging = {
    phase: 'staging',
    kind,
    deployment_id: context.newId(),
    generation: state.generation + 1,
    from: state.live && plain(state.live),
    to: plain(to),
    ...origin,
    started_at: draft.now,
    deadline_at: draft.deadline(),
    instances: draft.instances(),
    steps: [],
    trial: origin.trial ?? null,
    recovers: origin.recovers ?? false,
    was: settledState(context.catalogue.get(to.version)?.state),
  };
  if (kind === 'deploy' && state.live !== null)
    draft.effects.push({
      kind: 'backup',
      deployment_id: active.deployment_id,
      ref: plain(state.live),
      generation: state.generation,
    });
  const consents = kind === 'deploy' ? state.consents.filter(({ version }) => version !== to.version) : state.consents;
  draft.state = { ...state, active, consents };
  draft.publish('stage', active.deployment_id, origin.actor, origin.reason);
  draft.follow(active);
  if (kind === 'deploy') draft.versionState(to.version, 'staged');
  draft.audit(kind === 'deploy' ? 'deployment.started' : 'drill.started', origin.actor, origin.reason);
  accept(draft, active, to.version);
}

/** Sends a share of the tasks to the version that every instance has loaded. */
export function startCanaryStep(draft: Draft, current: Staging | Canary, percent: number, origin: StepOrigin): void {
  const { actor, reason } = origin;
  const active: Canary = {
    ...current,
    kind: 'deploy',
    phase: 'canary',
    percent,
    generation: draft.state.generation + 1,
    step_started_at: draft.now,
    deadline_at: draft.deadline(),
    instances: draft.instances(asLoaded(current.instances)),
    steps: [...current.steps, stepOf(draft, percent, origin)],
  };
  draft.state = { ...draft.state, active };
  draft.publish('canary', active.deployment_id, actor, reason);
  draft.follow(active);
  draft.versionState(active.to.version, 'canary');
  draft.audit('canary.advanced', actor, reason);
}

/** Makes the staged version live. `origin`: who ends a canary, and why. */
export function promote(draft: Draft, current: Staging | Canary, origin: StepOrigin | null = null): void {
  const { live: left, history, warm, generation } = draft.state;
  const live = { ...current.to, since: draft.now, generation: generation + 1, proven: false };
  const newHistory = distinctVersions([left, ...history], live).slice(0, HISTORY);
  const active: Activating = {
    deployment_id: current.deployment_id,
    phase: 'activating',
    kind: 'deploy',
    generation: generation + 1,
    from: current.from,
    to: current.to,
    trigger: current.trigger,
    actor: current.actor,
    reason: current.reason,
    forced: current.forced,
    started_at: current.started_at,
    deadline_at: draft.deadline(),
    instances: draft.instances(asLoaded(current.instances)),
    history_before: history,
    trial: current.trial,
    recovers: current.recovers,
    was: current.was,
    steps: origin === null ? current.steps : [...current.steps, stepOf(draft, 100, origin)],
  };
  const { actor, reason } = origin ?? active;
  draft.state = { ...draft.state, live, history: newHistory, warm: warmVersions(live, newHistory, left, warm), active };
  draft.publish('promote', active.deployment_id, actor, reason);
  draft.follow(active);
  if (left !== null && left.version !== live.version) draft.versionState(left.version, 'superseded');
  // What was live before knows the world as little as the one that it left behind: nothing to go back to by itself.
  if (current.recovers)
    for (const { version } of newHistory)
      if (version === left?.version || draft.context.catalogue.get(version)?.state === 'superseded')
        draft.versionState(version, 'rolled-back');
  draft.versionState(active.to.version, 'live');
  draft.audit('deployment.promoted', actor, reason);
}

/** Makes an earlier version live in one step, whatever is going on. Something must be live. */
export function rollBackTo(draft: Draft, to: VersionRef, origin: Origin): void {
  const { live: left, history, warm, generation, active: running } = draft.state;
  if (left === null) throw new Error(`${draft.state.model} has nothing live to roll back from`);
  if (running !== null) {
    if (running.phase !== 'activating' && running.kind === 'deploy')
      draft.versionState(running.to.version, running.was);
    draft.finish(running, 'superseded', `overtaken by a rollback to ${to.version}: ${origin.reason}`);
  }
  const live = { ...plain(to), since: draft.now, generation: generation + 1, proven: false };
  const position = history.findIndex(({ version }) => version === to.version);
  const newHistory = position < 0 ? history : history.slice(position + 1);
  const active: Activating = {
    phase: 'activating',
    kind: 'rollback',
    deployment_id: draft.context.newId(),
    generation: generation + 1,
    from: plain(left),
    to: plain(to),
    ...origin,
    started_at: draft.now,
    deadline_at: draft.deadline(),
    instances: draft.instances(),
    history_before: history,
    steps: [],
    trial: null,
    recovers: false,
    was: 'superseded',
  };
  draft.state = { ...draft.state, live, history: newHistory, warm: warmVersions(live, newHistory, left, warm), active };
  draft.publish('rollback', active.deployment_id, origin.actor, origin.reason);
  draft.follow(active);
  draft.versionState(left.version, 'rolled-back');
  draft.versionState(to.version, 'live');
  draft.audit('rollback.started', origin.actor, origin.reason);
  accept(draft, active, to.version);
}

/** Gives up a version that is only staged or a canary; what is live stays live. */
export function abort(
  draft: Draft,
  origin: Origin,
  outcome: 'failed' | 'superseded',
  why: string,
  left: 'rejected' | null = null,
): void {
  const { active } = draft.state;
  if (active === null || active.phase === 'activating')
    throw new Error(`${draft.state.model} has nothing staged that could be given up`);
  draft.finish(active, outcome, why);
  const generation = draft.publish('abort', active.deployment_id, origin.actor, origin.reason);
  if (active.kind === 'deploy')
    draft.versionState(active.to.version, left ?? (active.phase === 'canary' ? 'rolled-back' : 'rejected'));
  const what = active.phase === 'canary' ? 'canary' : active.kind === 'drill' ? 'drill' : 'deployment';
  draft.audit(`${what}.aborted`, origin.actor, why);
  if (draft.state.live !== null)
    draft.accepted = {
      deployment_id: active.deployment_id,
      generation,
      from_version: active.to.version,
      to_version: draft.state.live.version,
    };
}

/** Every instance could go back at once; nothing that is served has changed. */
export function endDrill(draft: Draft, active: Staging): void {
  draft.finish(active, 'done', null);
  draft.publish('abort', active.deployment_id, active.actor, active.reason);
  draft.audit('drill.completed', active.actor, active.reason);
  draft.effects.push({ kind: 'resolve-alert', alert: 'drill-failed' });
}

const plain = ({ version, digest, artifact_uri }: VersionRef): VersionRef => ({ version, digest, artifact_uri });

const stepOf = (draft: Draft, percent: number, { actor, reason, outcomes }: StepOrigin): CanaryStep => ({
  percent,
  generation: draft.state.generation + 1,
  started_at: draft.now,
  outcomes_before: outcomes,
  actor,
  reason,
});

/** A new step asks every instance again. */
function asLoaded(instances: Staging['instances']): Staging['instances'] {
  return Object.fromEntries(
    Object.entries(instances).map(([instance, progress]) => [
      instance,
      progress.state === 'activated' ? { ...progress, state: 'loaded' as const } : progress,
    ]),
  );
}

function accept(draft: Draft, active: Staging | Activating, to: string): void {
  draft.accepted = {
    deployment_id: active.deployment_id,
    generation: active.generation,
    from_version: active.from?.version ?? null,
    to_version: to,
  };
}
