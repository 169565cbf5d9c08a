import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { type ModelDefinition, TrialPlan } from '#contracts/model-definition';
import type { Decision } from '#domain/deployment/effects';
import type { Context, Input } from '#domain/deployment/inputs';
import { decide, decideAll } from '#domain/deployment/machine';
import { hasRoomAbove } from '#domain/deployment/observation';
import type { Logger } from '#platform/logging';
import { REGISTRY_CONFIG, type RegistryConfig } from '../config.js';
import { LOGGER, MODEL_DEFINITIONS } from '../keys.js';
import { EffectStore } from '../storage/effect-store.js';
import { ModelStore, type TakenModel } from '../storage/model-store.js';
import { GenerationWatch } from './generation-watch.js';
import { ListeningTime } from './listening-time.js';
import { Presence } from './presence.js';

/** A decision that changed something. */
export type ChangedDecision = Extract<Decision, { kind: 'changed' }>;

/** Takes decisions: locks the model, asks the domain, writes everything in the same transaction. */
@Injectable()
export class DeploymentDecisions {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(ModelStore) private readonly models: ModelStore,
    @Inject(EffectStore) private readonly effects: EffectStore,
    @Inject(Presence) private readonly presence: Presence,
    @Inject(ListeningTime) private readonly listening: ListeningTime,
    @Inject(GenerationWatch) private readonly generations: GenerationWatch,
    @Inject(REGISTRY_CONFIG) private readonly config: RegistryConfig,
    @Inject(MODEL_DEFINITIONS) private readonly definitions: ReadonlyMap<string, ModelDefinition>,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Inputs, one after the other, in a transaction of their own. An unknown model decides nothing. */
  async run(model: string, inputs: readonly Input[]): Promise<void> {
    await this.transaction(async (manager) => {
      const taken = await this.models.take(manager, model);
      if (taken === null) {
        this.logger.warn({ model, inputs: inputs.map(({ kind }) => kind) }, 'nothing is known of this model');
        return;
      }
      const now = new Date();
      const decisions = decideAll(taken.state, inputs, this.context(taken, now));
      for (const why of decisions.why) this.logger.debug({ model, why }, 'nothing to decide');
      if (decisions.changed) await this.effects.write(manager, decisions.state, decisions.effects, now);
    });
  }

  /** Whether generations came by of which a registry with this one knows nothing; it can go above them. */
  async isBehind(model: string, generation: number): Promise<boolean> {
    await this.presence.ready();
    const highest = this.highestSeen(model);
    return highest > generation && hasRoomAbove(highest);
  }

  private highestSeen(model: string): number {
    return Math.max(this.generations.highest(model), this.presence.highestSeen(model));
  }

  /** Runs `work` and commits. */
  async transaction<R>(work: (manager: EntityManager) => Promise<R>): Promise<R> {
    await this.presence.ready();
    return this.dataSource.transaction(work);
  }

  /**
   * Decides and writes within the caller's transaction, which holds the lock of the model.
   *
   * @param prepare what has to be there before the effects are written
   */
  async decide(
    manager: EntityManager,
    taken: TakenModel,
    input: Input,
    now = new Date(),
    prepare: (decision: Decision) => Promise<void> = async () => undefined,
  ): Promise<Decision> {
    const decision = decide(taken.state, input, this.context(taken, now));
    await prepare(decision);
    if (decision.kind === 'changed') await this.effects.write(manager, decision.state, decision.effects, now);
    else if (decision.kind === 'unchanged')
      this.logger.debug({ model: taken.state.model, input: input.kind, why: decision.why }, 'nothing to decide');
    return decision;
  }

  private context({ state: { model }, catalogue }: TakenModel, now: Date): Context {
    const definition = this.definitions.get(model);
    return {
      now,
      newId: randomUUID,
      catalogue,
      instances: this.presence.forModel(model),
      highestSeen: this.highestSeen(model),
      heardForMs: this.listening.forMs(),
      settings: {
        deadlineMs: this.config.ACKNOWLEDGEMENT_DEADLINE_SECONDS * 1000,
        coolDownMs: (definition?.monitoring.cool_down_minutes ?? 30) * 60_000,
        canarySteps: definition?.canary.steps ?? [100],
        trialSteps: (definition?.canary.trial ?? TrialPlan.parse({})).steps,
        approvals: definition?.approvals ?? 0,
      },
    };
  }
}
