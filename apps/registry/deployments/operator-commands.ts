import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { storableText } from '#domain/audit/canonical-json';
import type { Decision } from '#domain/deployment/effects';
import type { Input } from '#domain/deployment/inputs';
import type { ModelState } from '#domain/deployment/state';
import type { ProblemError } from '#platform/problem';
import { ModelDirectory } from '../status/model-directory.js';
import { ModelStore } from '../storage/model-store.js';
import { type ChangedDecision, DeploymentDecisions } from './decisions.service.js';

/** Who asks and why, ready to be stored. */
export interface OperatorCommand {
  actor: string;
  reason: string;
  expectedGeneration: number | null;
}

interface Asked {
  readonly actor: string;
  readonly reason: string;
  readonly expected_generation?: number | undefined;
}

type Rejected = Extract<Decision, { kind: 'rejected' }>;

/** What operators ask for over HTTP and see answered at once; what also comes by Kafka is in {@link Commands}. */
@Injectable()
export class OperatorCommands {
  constructor(
    @Inject(DeploymentDecisions) private readonly decisions: DeploymentDecisions,
    @Inject(ModelStore) private readonly models: ModelStore,
    @Inject(ModelDirectory) private readonly directory: ModelDirectory,
  ) {}

  /**
   * Decides in a transaction of its own. Throws a 404 for an unknown model, and what `refusal` makes of a rejection.
   *
   * @param inputOf what is asked for, made when the model is locked
   */
  async carryOut(
    model: string,
    asked: Asked,
    refusal: (rejected: Rejected) => ProblemError,
    inputOf: (manager: EntityManager, state: ModelState, command: OperatorCommand, now: Date) => Promise<Input>,
  ): Promise<ChangedDecision> {
    await this.directory.expect(model);
    const command = {
      actor: storableText(asked.actor),
      reason: storableText(asked.reason),
      expectedGeneration: asked.expected_generation ?? null,
    };
    return this.decisions.transaction(async (manager) => {
      const taken = await this.models.take(manager, model);
      if (taken === null) throw new Error(`${model} has lost its row`);
      const now = new Date();
      const decision = await this.decisions.decide(
        manager,
        taken,
        await inputOf(manager, taken.state, command, now),
        now,
      );
      if (decision.kind === 'rejected') throw refusal(decision);
      if (decision.kind !== 'changed') throw new Error(`a command was neither accepted nor rejected: ${decision.why}`);
      return decision;
    });
  }
}
