import { Inject, Injectable } from '@nestjs/common';
import type { Approved } from '#contracts/http/deployments';
import type { ModelDefinition } from '#contracts/model-definition';
import { storableText } from '#domain/audit/canonical-json';
import { ProblemError } from '#platform/problem';
import { MODEL_DEFINITIONS } from '../keys.js';
import { ModelDirectory } from '../status/model-directory.js';
import { ModelStore } from '../storage/model-store.js';
import { STATUS } from './command-problem.js';
import { DeploymentDecisions } from './decisions.service.js';

interface Consent {
  readonly model: string;
  readonly version: string;
  readonly actor: string;
  readonly reason: string;
  readonly expectedGeneration: number | null;
}

/** People's consent to a version going live. */
@Injectable()
export class Approvals {
  constructor(
    @Inject(DeploymentDecisions) private readonly decisions: DeploymentDecisions,
    @Inject(ModelStore) private readonly models: ModelStore,
    @Inject(ModelDirectory) private readonly directory: ModelDirectory,
    @Inject(MODEL_DEFINITIONS) private readonly definitions: ReadonlyMap<string, ModelDefinition>,
  ) {}

  /** Throws a 404 for what there is not, a 409 where the consent changes nothing. */
  async give({ model, version, actor, reason, expectedGeneration }: Consent): Promise<Approved> {
    await this.directory.expect(model);
    return this.decisions.transaction(async (manager) => {
      const taken = await this.models.take(manager, model);
      if (taken === null) throw new Error(`${model} has lost its row`);
      const now = new Date();
      const given = { actor: storableText(actor), reason: storableText(reason) };
      const input = { kind: 'approve' as const, version, ...given, expectedGeneration };
      const decision = await this.decisions.decide(manager, taken, input, now);
      if (decision.kind === 'rejected')
        throw new ProblemError(STATUS[decision.code], 'Approval rejected', decision.detail, [
          { field: decision.field ?? 'version', detail: decision.detail },
        ]);
      if (decision.kind === 'unchanged') throw new Error(`a consent was neither taken nor rejected: ${decision.why}`);
      const consents = [...taken.state.consents, { version, ...given, at: now.toISOString() }].filter(
        (consent) => consent.version === version,
      );
      return {
        model,
        version,
        needed: this.definitions.get(model)?.approvals ?? 0,
        given: consents.map(({ version: _, ...consent }) => consent),
        deployment_id: decision.accepted?.deployment_id ?? null,
      };
    });
  }
}
