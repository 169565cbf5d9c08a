import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type {
  CanaryAccepted,
  CanaryBody,
  CanaryStatus,
  RunningCanary,
  ShadowBody,
  ShadowStatus,
} from '#contracts/http/rollout';
import type { Input } from '#domain/deployment/inputs';
import type { ModelState } from '#domain/deployment/state';
import { ProblemError } from '#platform/problem';
import type { ChangedDecision } from '../deployments/decisions.service.js';
import { type OperatorCommand, OperatorCommands } from '../deployments/operator-commands.js';
import { VersionNames } from '../labels/version-names.js';
import { ModelDirectory } from '../status/model-directory.js';
import { ModelStore } from '../storage/model-store.js';
import { OutcomeStore } from '../storage/outcome-store.js';
import { CanaryObserver, type ObservedCanary } from './canary-observer.js';

const CANARY_REJECTED = 'Canary command rejected';
const SHADOW_REJECTED = 'Shadow command rejected';

const shareOf = (part: number, whole: number): number | null => (whole > 0 ? part / whole : null);

/** What a decision means for the share of the tasks. */
const NEXT = {
  advance: 'advance',
  hold: 'hold',
  abort: 'abort',
  won: 'advance',
  lost: 'abort',
  ended: 'abort',
} as const;

function trialOf(observed: ObservedCanary): RunningCanary['trial'] {
  if (observed.kind === 'canary') return null;
  const { demand, decision, all, mostTasks } = observed;
  const { estimate } = decision;
  return {
    ...demand,
    estimate: estimate && { value: estimate.value, low: estimate.low, high: estimate.high },
    tasks_needed: estimate?.tasksNeeded ?? null,
    tasks: all.canary.outcomes + all.live.outcomes,
    most_tasks: mostTasks,
    curve: observed.curve().map(({ at, tasks, canary, live, estimate: then }) => ({
      at,
      tasks,
      canary_failure_rate: shareOf(canary.failures, canary.outcomes),
      live_failure_rate: shareOf(live.failures, live.outcomes),
      estimate: then && { value: then.value, low: then.low, high: then.high },
    })),
  };
}

/** What operators see and do about canaries and shadows. */
@Injectable()
export class Rollout {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(OperatorCommands) private readonly commands: OperatorCommands,
    @Inject(ModelStore) private readonly models: ModelStore,
    @Inject(ModelDirectory) private readonly directory: ModelDirectory,
    @Inject(OutcomeStore) private readonly outcomes: OutcomeStore,
    @Inject(VersionNames) private readonly names: VersionNames,
    @Inject(CanaryObserver) private readonly observer: CanaryObserver,
  ) {}

  async canary(model: string): Promise<CanaryStatus> {
    const state = await this.state(model);
    const { active, generation } = state;
    if (active?.phase !== 'canary') return { model, generation, canary: null };
    const observed = await this.observer.observe(this.dataSource.manager, model, active, new Date());
    const { all, outcomesInStep, plan, decision } = observed;
    return {
      model,
      generation,
      canary: {
        deployment_id: active.deployment_id,
        version: active.to.version,
        live_version: active.from?.version ?? null,
        percent: active.percent,
        plan: [...plan],
        steps: active.steps,
        outcomes: { canary: { ...all.canary }, live: { ...all.live }, in_step: outcomesInStep },
        next: NEXT[decision.action],
        reasons: [...decision.reasons],
        trial: trialOf(observed),
      },
    };
  }

  /** Throws a 404 for an unknown model, a 409 where no canary is running or the generation is another one. */
  async advance(model: string, actor: string, body: CanaryBody): Promise<CanaryAccepted> {
    const decided = await this.command(model, actor, body, CANARY_REJECTED, async (manager, { active }, command) => {
      const observed = active?.phase === 'canary' && (await this.observer.observe(manager, model, active, new Date()));
      return { kind: 'canary-advance', ...command, outcomes: observed ? observed.all.canary.outcomes : 0 };
    });
    const { deployment_id, generation, to_version: version } = answerOf(decided);
    const { active } = decided.state;
    return { deployment_id, generation, version, percent: active?.phase === 'canary' ? active.percent : 100 };
  }

  /** Throws like {@link advance}. */
  async abort(model: string, actor: string, body: CanaryBody): Promise<CanaryAccepted> {
    const decided = await this.command(model, actor, body, CANARY_REJECTED, async (_manager, _state, command) => ({
      kind: 'canary-abort',
      ...command,
      trigger: 'operator',
    }));
    const { deployment_id, generation, from_version: version } = answerOf(decided);
    if (version === null) throw new Error(`the canary ${deployment_id} had no version`);
    return { deployment_id, generation, version, percent: 0 };
  }

  async shadow(model: string): Promise<ShadowStatus> {
    const { generation, shadow, live } = await this.state(model);
    if (shadow === null) return { model, generation, shadow: null };
    const versions = { shadow: shadow.version, live: live?.version ?? null };
    const {
      tasks,
      correct,
      agreed,
      live: served,
    } = await this.outcomes.ofShadow(this.dataSource.manager, model, versions, shadow.since);
    return {
      model,
      generation,
      shadow: {
        version: shadow.version,
        since: shadow.since,
        tasks,
        agreement: shareOf(agreed.outcomes, tasks),
        agreed: { ...agreed },
        accuracy: shareOf(correct, tasks),
        live_version: versions.live,
        live_accuracy: shareOf(served.correct, served.outcomes),
      },
    };
  }

  /** Sets or ends the shadow. Throws a 404 for an unknown model, a 409 where it is not possible now. */
  async setShadow(model: string, actor: string, body: ShadowBody): Promise<ShadowStatus> {
    await this.command(model, actor, body, SHADOW_REJECTED, async (manager, _state, command) => ({
      kind: 'shadow',
      ...command,
      version: body.version && (await this.names.expect(model, body.version, manager)),
    }));
    return this.shadow(model);
  }

  private async state(model: string): Promise<ModelState> {
    await this.directory.expect(model);
    return this.models.read(this.dataSource.manager, model);
  }

  private command(
    model: string,
    actor: string,
    body: { reason: string; expected_generation?: number | undefined },
    rejection: string,
    inputOf: (manager: EntityManager, state: ModelState, command: OperatorCommand) => Promise<Input>,
  ): Promise<ChangedDecision> {
    const refusal = ({ detail }: { detail: string }) => new ProblemError(409, rejection, detail);
    return this.commands.carryOut(model, { actor, ...body }, refusal, inputOf);
  }
}

function answerOf({ accepted }: ChangedDecision) {
  if (accepted === null) throw new Error('a canary command was decided without an answer');
  return accepted;
}
