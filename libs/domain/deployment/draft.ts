import type { AlertName } from '#contracts/alerts';
import type { Degraded, DeploymentCause } from '#contracts/events/deployment';
import type { DeploymentState } from '#contracts/http/deployments';
import type { VersionRef } from '#contracts/primitives';
import {
  type Decision,
  type DesiredStateTopic,
  type Effect,
  type StartedDeployment,
  withLastRecords,
} from './effects.js';
import type { Context } from './inputs.js';
import type { ActiveDeployment, InstanceProgress, ModelState } from './state.js';

const TOPIC_OF: Record<DeploymentCause, DesiredStateTopic> = {
  stage: 'model.staged',
  canary: 'model.canary-advanced',
  promote: 'model.promoted',
  rollback: 'model.rolled-back',
  abort: 'model.rolled-back',
  // An instance loads it, as it loads what is staged; nothing that is served changes.
  shadow: 'model.staged',
  degraded: 'model.staged',
};

/** Instances of a release that does not know the word would not take the state; what it says stands in `degraded`. */
const asToldOf = (cause: DeploymentCause): DeploymentCause => (cause === 'degraded' ? 'stage' : cause);

export const CAUSE_OF = (active: ActiveDeployment): DeploymentCause => {
  if (active.phase === 'staging') return 'stage';
  if (active.phase === 'canary') return 'canary';
  return active.kind === 'rollback' ? 'rollback' : 'promote';
};

const bare = ({ version, digest, artifact_uri }: VersionRef): VersionRef => ({ version, digest, artifact_uri });

const told = ({ version: _, ...degraded }: NonNullable<ModelState['degraded']>): Degraded => degraded;

/** A decision while it is being made: the state so far, and what is to happen with it. */
export class Draft {
  readonly effects: Effect[] = [];
  readonly now: string;
  accepted: StartedDeployment | null = null;
  private readonly before: unknown;

  constructor(
    public state: ModelState,
    readonly context: Context,
  ) {
    this.now = context.now.toISOString();
    this.before = outline(state);
  }

  deadline(): string {
    return new Date(this.context.now.getTime() + this.context.settings.deadlineMs).toISOString();
  }

  /** Every present instance, waiting, with what earlier phases of the same deployment knew of them. */
  instances(earlier: Record<string, InstanceProgress> = {}): Record<string, InstanceProgress> {
    const all = { ...earlier };
    for (const { instance } of this.context.instances)
      all[instance] ??= { state: 'waiting', milliseconds: null, detail: null };
    return all;
  }

  /** Takes the next generation for what the state now says, and tells every instance. */
  publish(cause: DeploymentCause, deploymentId: string, actor: string, reason: string): number {
    const generation = this.state.generation + 1;
    const epoch = this.state.epoch ?? this.context.newId();
    this.state = { ...this.state, generation, epoch, shadow: this.shadow(), degraded: this.degraded() };
    const { live, active, warm, shadow, degraded } = this.state;
    this.effects.push({
      kind: 'desired-state',
      topic: TOPIC_OF[cause],
      value: {
        model: this.state.model,
        generation,
        epoch,
        deployment_id: deploymentId,
        cause: asToldOf(cause),
        live: live === null ? null : bare(live),
        staged: active?.phase === 'staging' || active?.phase === 'canary' ? bare(active.to) : null,
        canary: active?.phase === 'canary' ? { ...bare(active.to), percent: active.percent } : null,
        shadow: shadow === null ? null : bare(shadow),
        degraded: degraded === null ? null : told(degraded),
        warm: warm.map(bare),
        reason,
        actor,
        issued_at: this.now,
        deadline_at: this.deadline(),
      },
    });
    return generation;
  }

  /** The shadow, unless it is about to answer by itself. */
  private shadow(): ModelState['shadow'] {
    const { shadow, live, active } = this.state;
    const answers = [live, active?.kind === 'drill' ? null : active?.to].some(
      (ref) => ref?.version === shadow?.version,
    );
    return answers ? null : shadow;
  }

  /** Another version that is live now may do better. */
  private degraded(): ModelState['degraded'] {
    const { degraded, live } = this.state;
    return degraded !== null && degraded.version === live?.version ? degraded : null;
  }

  /** Sets the running deployment and records it. */
  follow(active: ActiveDeployment): void {
    this.state = { ...this.state, active };
    this.record(active, active.phase, null);
  }

  /** Ends the running deployment. */
  finish(active: ActiveDeployment, state: 'done' | 'failed' | 'superseded', failure: string | null): void {
    this.state = { ...this.state, active: null };
    const present = new Set(this.context.instances.map(({ instance }) => instance));
    const instances = Object.fromEntries(
      Object.entries(active.instances).map(([instance, progress]) => [
        instance,
        progress.state === 'waiting' && !present.has(instance)
          ? { ...progress, detail: 'gone before it acknowledged' }
          : progress,
      ]),
    );
    this.record({ ...active, instances }, state, failure);
  }

  audit(action: string, actor: string, reason: string): void {
    this.effects.push({ kind: 'audit', action, actor, reason, before: this.before, after: outline(this.state) });
  }

  versionState(version: string, state: Extract<Effect, { kind: 'version-state' }>['state']): void {
    this.effects.push({ kind: 'version-state', version, state });
  }

  /** Tells everybody that the deployment did not come through. */
  failed(active: ActiveDeployment, reason: string, instances: string[]): void {
    const { deployment_id, generation, to } = active;
    const { model } = this.state;
    const value = { model, deployment_id, generation, version: to.version, reason, instances, failed_at: this.now };
    this.effects.push({ kind: 'deployment-failed', value });
  }

  alert(alert: AlertName, detail: string): void {
    this.effects.push({ kind: 'alert', alert, detail });
  }

  decision(): Decision {
    return { kind: 'changed', state: this.state, effects: withLastRecords(this.effects), accepted: this.accepted };
  }

  private record(active: ActiveDeployment, phase: ActiveDeployment['phase'] | DeploymentState, failure: string | null) {
    const ended = phase === 'done' || phase === 'failed' || phase === 'superseded';
    this.effects.push({
      kind: 'deployment',
      record: {
        deployment_id: active.deployment_id,
        model: this.state.model,
        kind: active.kind,
        state: phase,
        cause: CAUSE_OF(active),
        from_version: active.from?.version ?? null,
        to_version: active.to.version,
        generation: active.generation,
        trigger: active.trigger,
        actor: active.actor,
        reason: active.reason,
        forced: active.forced,
        started_at: active.started_at,
        finished_at: ended ? this.now : null,
        instances: Object.entries(active.instances).map(([instance, progress]) => ({ instance, ...progress })),
        failure,
        steps: active.steps,
      },
    });
  }
}

/** The part of the state that the audit log shows before and after. */
function outline({ generation, live, active, shadow }: ModelState): unknown {
  return {
    generation,
    live: live?.version ?? null,
    staged: active?.phase === 'staging' ? active.to.version : null,
    canary: active?.phase === 'canary' ? { version: active.to.version, percent: active.percent } : null,
    ...(shadow !== null && { shadow: shadow.version }),
  };
}
