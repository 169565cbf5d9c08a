import type { Verdict } from '#contracts/events/evaluation';
import type { Deployment } from '#contracts/http/deployments';
import type { VersionState } from '#contracts/http/versions';
import type { VersionRef } from '#contracts/primitives';
import type { Decision, Effect } from './effects.js';
import type { CatalogueEntry, Context, Input, PresentInstance } from './inputs.js';
import { decide } from './machine.js';
import { initialState, ModelState, type Trigger } from './state.js';

export const refOf = (version: string): VersionRef => ({
  version,
  digest: `sha256:${version.replace(/\D/g, '').padStart(64, '0')}`,
  artifact_uri: `file:///packages/${version}`,
});

/** A registry in memory, for tests: applies decisions the way the real one does. */
export class World {
  state: ModelState = initialState('backlink-outcome');
  catalogue = new Map<string, CatalogueEntry>();
  instances = new Map<string, PresentInstance>();
  deployments = new Map<string, Deployment>();
  alerts = new Map<string, string>();
  effects: Effect[] = [];
  now = new Date('2026-01-04T09:00:00.000Z');
  canarySteps: number[] = [100];
  trialSteps: number[] = [10, 50];
  approvals = 0;
  heardForMs = Number.POSITIVE_INFINITY;
  highestSeen = 0;
  private ids = 0;

  constructor(...instances: string[]) {
    for (const name of instances) this.join(name);
  }

  register(version: string, verdict: Verdict | null = 'pass', state: VersionState = 'registered'): this {
    this.catalogue.set(version, { ref: refOf(version), state, verdict });
    return this;
  }

  join(instance: string): void {
    this.instances.set(instance, { instance, generation: null, epoch: null, version: null });
  }

  /** It sends heartbeats and hears nothing; with null, it hears again. */
  deaf(instance: string, since: string | null = this.now.toISOString()): void {
    const known = this.instances.get(instance);
    if (known === undefined) throw new Error(`${instance} is not there`);
    this.instances.set(instance, { ...known, deafSince: since });
  }

  leave(instance: string): void {
    this.instances.delete(instance);
  }

  wait(ms: number): void {
    this.now = new Date(this.now.getTime() + ms);
  }

  send(input: Input): Decision {
    const decision = decide(this.state, input, this.context());
    // The registry keeps the state as JSON: whatever does not survive that is a mistake.
    if (decision.kind === 'changed') {
      this.state = ModelState.parse(JSON.parse(JSON.stringify(decision.state)));
      this.addAdopted(decision.effects);
      for (const effect of decision.effects) this.apply(effect);
    }
    return decision;
  }

  deploy(version: string, options: Partial<Extract<Input, { kind: 'deploy' }>> = {}): Decision {
    return this.send({
      kind: 'deploy',
      version,
      force: false,
      actor: 'ada',
      reason: 'checked by hand',
      expectedGeneration: null,
      ...options,
    });
  }

  approve(version: string, actor = 'ada'): Decision {
    return this.send({ kind: 'approve', version, actor, reason: 'looked at its report', expectedGeneration: null });
  }

  rollback(version: string | null = null, expectedGeneration: number | null = null): Decision {
    return this.send({ kind: 'rollback', version, actor: 'bob', reason: 'captchas everywhere', expectedGeneration });
  }

  canaryAdvance(outcomes = 0, expectedGeneration: number | null = null): Decision {
    return this.send({ kind: 'canary-advance', actor: 'canary', reason: 'no worse', outcomes, expectedGeneration });
  }

  canaryAbort(trigger: Trigger = 'canary'): Decision {
    return this.send({ kind: 'canary-abort', actor: 'canary', reason: 'worse', trigger, expectedGeneration: null });
  }

  shadow(version: string | null): Decision {
    return this.send({
      kind: 'shadow',
      version,
      actor: 'ada',
      reason: 'see what it would do',
      expectedGeneration: null,
    });
  }

  drill(): Decision {
    return this.send({ kind: 'drill', actor: 'ada', reason: 'monthly rehearsal' });
  }

  gate(version: string, champion: string | null = this.state.live?.version ?? null): Decision {
    return this.send({ kind: 'gate-pass', version, champion, reason: 'all checks passed' });
  }

  ack(kind: 'loaded' | 'activated', instance: string, generation = this.state.active?.generation ?? -1): Decision {
    const ref = this.state.active?.to ?? this.state.live;
    if (!ref) throw new Error('nothing to acknowledge');
    return this.send({ kind, instance, generation, epoch: this.state.epoch, version: ref.version, digest: ref.digest });
  }

  refuse(instance: string, generation = this.state.active?.generation ?? -1): Decision {
    const version = this.state.active?.to.version ?? this.state.live?.version ?? 'v0.0.0';
    return this.send({
      kind: 'activation-failed',
      instance,
      generation,
      epoch: this.state.epoch,
      version,
      reason: 'golden-mismatch',
      detail: '0.3 off',
    });
  }

  /** Every instance acknowledges whatever is asked until nothing is. */
  settle(): this {
    for (let i = 0; i < 20 && this.state.active !== null; i++)
      for (const instance of [...this.instances.keys()])
        if (this.state.active !== null)
          this.ack(this.state.active.phase === 'staging' ? 'loaded' : 'activated', instance);
    return this;
  }

  /** Registers, deploys and settles. */
  live(...versions: string[]): this {
    for (const version of versions) {
      this.register(version);
      this.deploy(version);
      this.settle();
    }
    return this;
  }

  topics(): string[] {
    return this.effects.flatMap((effect) =>
      effect.kind === 'desired-state'
        ? [effect.topic]
        : effect.kind === 'deployment-failed'
          ? ['deployment.failed']
          : [],
    );
  }

  clear(): this {
    this.effects = [];
    return this;
  }

  stateOf(version: string): VersionState | undefined {
    return this.catalogue.get(version)?.state;
  }

  context(): Context {
    return {
      now: this.now,
      newId: () => `00000000-0000-4000-8000-${String(++this.ids).padStart(12, '0')}`,
      catalogue: this.catalogue,
      instances: [...this.instances.values()],
      highestSeen: this.highestSeen,
      heardForMs: this.heardForMs,
      settings: {
        deadlineMs: 10_000,
        coolDownMs: 60_000,
        canarySteps: this.canarySteps,
        trialSteps: this.trialSteps,
        approvals: this.approvals,
      },
    };
  }

  /** As the registry does before it writes that the version is live. */
  private addAdopted(effects: readonly Effect[]): void {
    const adopted = effects.some((effect) => effect.kind === 'reconciliation' && effect.record.outcome === 'adopted');
    const { live } = this.state;
    if (adopted && live !== null && !this.catalogue.has(live.version)) this.register(live.version, null);
  }

  private apply(effect: Effect): void {
    this.effects.push(effect);
    if (effect.kind === 'version-state') {
      const entry = this.catalogue.get(effect.version);
      if (!entry) throw new Error(`state of the unknown version ${effect.version}`);
      this.catalogue.set(effect.version, { ...entry, state: effect.state });
    }
    if (effect.kind === 'deployment') this.deployments.set(effect.record.deployment_id, effect.record);
    if (effect.kind === 'alert') this.alerts.set(effect.alert, effect.detail);
    if (effect.kind === 'resolve-alert') this.alerts.delete(effect.alert);
  }
}
