import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Deployment } from '#contracts/http/deployments';
import type { VersionDetail } from '#contracts/http/versions';
import { CanaryPlan, type ModelDefinition, Monitoring } from '#contracts/model-definition';
import { type TrialPoint, trialCurve } from '#domain/canary/curve';
import type { Trial } from '#domain/deployment/state';
import { MODEL_DEFINITIONS } from '../keys.js';
import { DeploymentStore } from '../storage/deployment-store.js';
import { OutcomeStore } from '../storage/outcome-store.js';

/** A trial that is under way or over, as it came about. */
export interface PastTrial {
  readonly deployment: Deployment;
  readonly demand: Trial;
  readonly curve: readonly TrialPoint[];
}

/** More than these of one version are of no interest. */
const MOST_TRIALS = 5;

/** The trials of a version, from its deployments and from what became of the tasks that were decided in them. */
@Injectable()
export class Trials {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(DeploymentStore) private readonly deployments: DeploymentStore,
    @Inject(OutcomeStore) private readonly outcomes: OutcomeStore,
    @Inject(MODEL_DEFINITIONS) private readonly definitions: ReadonlyMap<string, ModelDefinition>,
  ) {}

  /** The oldest first. */
  async of({ model, version, evaluation }: VersionDetail): Promise<PastTrial[]> {
    const { measure, wanted } = evaluation?.gate.trial ?? {};
    if (measure === undefined || wanted === undefined) return [];
    const found = await this.deployments.list(this.dataSource.manager, model, { version, limit: MOST_TRIALS });
    const trials = found.filter(
      ({ kind, to_version, trigger, steps = [] }) =>
        kind === 'deploy' && to_version === version && trigger === 'gate' && (steps[0]?.percent ?? 100) < 100,
    );
    return Promise.all(
      trials.reverse().map(async (deployment) => {
        const demand: Trial = { measure, wanted, urgent: false };
        return { deployment, demand, curve: await this.curveOf(model, deployment, demand) };
      }),
    );
  }

  private async curveOf(model: string, deployment: Deployment, demand: Trial): Promise<TrialPoint[]> {
    const { to_version, from_version, steps = [], finished_at } = deployment;
    // At 100 % there is nothing left to compare it with.
    const shared = steps.filter(({ percent }) => percent < 100);
    const [first] = shared;
    if (first === undefined) return [];
    const ended = steps.find(({ percent }) => percent === 100)?.started_at ?? finished_at;
    const began = { at: first.started_at, generation: first.generation };
    const versions = { canary: to_version, live: from_version };
    const minutes = await this.outcomes.ofTrial(this.dataSource.manager, model, versions, began);
    const definition = this.definitions.get(model);
    return trialCurve(
      minutes.filter(({ at }) => ended === null || at <= ended),
      shared.map(({ generation }) => generation),
      {
        ...demand,
        plan: (definition?.canary ?? CanaryPlan.parse({})).trial,
        percent: shared.at(-1)?.percent ?? first.percent,
        startedAt: new Date(first.started_at),
        now: ended === null ? new Date() : new Date(ended),
        outcomesInStep: 0,
        tolerated: (definition?.monitoring ?? Monitoring.parse({})).accuracy_drop,
        troubles: [],
      },
    );
  }
}
