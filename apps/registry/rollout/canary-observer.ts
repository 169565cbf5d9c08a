import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { CanaryPlan, type ModelDefinition, Monitoring } from '#contracts/model-definition';
import { armsByStep, sumOfArms, type TrialPoint, trialCurve } from '#domain/canary/curve';
import { type CanaryDecision, type CanaryObservation, decideCanary } from '#domain/canary/decide';
import type { Arms } from '#domain/canary/difference';
import { decideTrial, type TrialDecision, type TrialObservation } from '#domain/canary/trial';
import type { Canary, Trial } from '#domain/deployment/state';
import { MODEL_DEFINITIONS } from '../keys.js';
import { OutcomeStore } from '../storage/outcome-store.js';

/** A canary of a version that passed the gate, or a challenger that has to show what it is worth. */
export type ObservedCanary = Observed &
  (
    | { readonly kind: 'canary'; readonly decision: CanaryDecision }
    | {
        readonly kind: 'trial';
        readonly decision: TrialDecision;
        readonly demand: Trial;
        readonly mostTasks: number;
        readonly curve: () => TrialPoint[];
      }
  );

interface Observed {
  /** Outcomes of either version's tasks since it began; of a trial, of those that were decided in it. */
  readonly all: Arms;
  readonly outcomesInStep: number;
  /** Percentages, the last one of a canary being 100. */
  readonly plan: readonly number[];
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
    const plan = definition?.canary ?? CanaryPlan.parse({});
    const versions = { canary: active.to.version, live: active.from?.version ?? null };
    const [first] = active.steps;
    const began = { at: first?.started_at ?? active.started_at, generation: first?.generation ?? active.generation };
    const generations = active.steps.length > 0 ? active.steps.map((step) => step.generation) : [began.generation];
    const minutes = active.trial === null ? [] : await this.outcomes.ofTrial(manager, model, versions, began);
    const steps =
      active.trial === null
        ? [await this.outcomes.ofCanary(manager, model, versions, began.at)]
        : armsByStep(minutes, generations);
    const all = sumOfArms(steps);
    const common = {
      percent: active.percent,
      now,
      // A corrected outcome may move to another minute, and out of the count.
      outcomesInStep: Math.max(0, all.canary.outcomes - (active.steps.at(-1)?.outcomes_before ?? 0)),
      // An instance that refuses it and an accuracy drop end it at once, without being asked here.
      troubles: [],
      tolerated: (definition?.monitoring ?? Monitoring.parse({})).accuracy_drop,
    };
    if (active.trial === null) {
      const observation: CanaryObservation = {
        ...common,
        ...all,
        plan,
        stepStartedAt: new Date(active.step_started_at),
      };
      return { kind: 'canary', decision: decideCanary(observation), all, plan: plan.steps, ...common };
    }
    const observation: TrialObservation = {
      ...common,
      ...active.trial,
      plan: plan.trial,
      startedAt: new Date(began.at),
      changed: steps,
      all,
    };
    const decision = decideTrial(observation);
    const curve = () => trialCurve(minutes, generations, observation);
    const mostTasks = plan.trial.tasks;
    return { kind: 'trial', decision, demand: active.trial, mostTasks, curve, all, plan: plan.trial.steps, ...common };
  }
}
