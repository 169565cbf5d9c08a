import { Inject, Injectable } from '@nestjs/common';
import type { DrillAccepted } from '#contracts/http/deployments';
import { storableText } from '#domain/audit/canonical-json';
import { ProblemError } from '#platform/problem';
import { ModelDirectory } from '../status/model-directory.js';
import { ModelStore } from '../storage/model-store.js';
import { DeploymentDecisions } from './decisions.service.js';

/** Rehearses rollbacks. */
@Injectable()
export class Drills {
  constructor(
    @Inject(DeploymentDecisions) private readonly decisions: DeploymentDecisions,
    @Inject(ModelStore) private readonly models: ModelStore,
    @Inject(ModelDirectory) private readonly directory: ModelDirectory,
  ) {}

  /** Throws a 404 for an unknown model, a 409 when there is nothing to rehearse or something else is under way. */
  async start(model: string, actor: string, reason: string): Promise<DrillAccepted> {
    await this.directory.expect(model);
    return this.decisions.transaction(async (manager) => {
      const taken = await this.models.take(manager, model);
      if (taken === null) throw new Error(`${model} has lost its row`);
      const input = { kind: 'drill' as const, actor: storableText(actor), reason: storableText(reason) };
      const decision = await this.decisions.decide(manager, taken, input);
      if (decision.kind === 'rejected') throw new ProblemError(409, 'Drill rejected', decision.detail);
      if (decision.kind !== 'changed' || decision.accepted === null || decision.accepted.from_version === null)
        throw new Error('a drill was decided without an answer');
      const { deployment_id, generation, from_version, to_version } = decision.accepted;
      return { deployment_id, generation, live: from_version, rollback_to: to_version };
    });
  }
}
