import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { CanaryPlan, type ModelDefinition, Monitoring } from '#contracts/model-definition';
import { type CanaryDecision, type CanaryObservation, decideCanary } from '#domain/canary/decide';
import type { Canary } from '#domain/deployment/state';
import { OutcomeStore } from '../storage/outcome-store.js';
import { MODEL_DEFINITIONS } from '../tokens.js';

export interface ObservedCanary {
  readonly observation: CanaryObservation;
  readonly decision: CanaryDecision;
}

/** Looks at a running canary: its outcomes beside the live version's, and what follows from them. */
@Injectable()
export class CanaryObserver {
  constructor(
    @Inject(OutcomeStore) private readonly outcomes: OutcomeStore,
    @Inject(MODEL_DEFINITIONS) private readonly definitions: ReadonlyMap<string, ModelDefinition>,
  ) {}

  async observe(manager: EntityManager, model: string, active: Canary, now: Date): Promise<ObservedCanary> {
    const definition = this.definitions.get(model);
    const versions = { canary: active.to.version, live: active.from?.version ?? null };
    const since = active.steps[0]?.started_at ?? active.started_at;
    const { canary, live } = await this.outcomes.ofCanary(manager, model, versions, since);
    const observation = {
      plan: definition?.canary ?? CanaryPlan.parse({}),
      percent: active.percent,
      stepStartedAt: new Date(active.step_started_at),
      now,
      canary,
      live,
      // A corrected outcome may move to another minute, and out of the count.
      outcomesInStep: Math.max(0, canary.outcomes - (active.steps.at(-1)?.outcomes_before ?? 0)),
      // An instance that refuses it and an accuracy drop end it at once, without being asked here.
      troubles: [],
      tolerated: (definition?.monitoring ?? Monitoring.parse({})).accuracy_drop,
    };
    return { observation, decision: decideCanary(observation) };
  }
}
