import { Inject, Injectable } from '@nestjs/common';
import type { Approved } from '#contracts/http/deployments';
import type { ModelDefinition } from '#contracts/model-definition';
import { type Consent, consentsTo } from '#domain/deployment/consent';
import { ProblemError } from '#platform/problem';
import { MODEL_DEFINITIONS } from '../keys.js';
import { VersionNames } from '../labels/version-names.js';
import { STATUS } from './command-problem.js';
import { OperatorCommands } from './operator-commands.js';

/** People's consent to a version going live. */
@Injectable()
export class Approvals {
  constructor(
    @Inject(OperatorCommands) private readonly commands: OperatorCommands,
    @Inject(VersionNames) private readonly names: VersionNames,
    @Inject(MODEL_DEFINITIONS) private readonly definitions: ReadonlyMap<string, ModelDefinition>,
  ) {}

  /** Throws a 404 for what there is not, a 409 where the consent changes nothing. */
  async give(
    model: string,
    name: string,
    asked: { readonly actor: string; readonly reason: string; readonly expected_generation?: number | undefined },
  ): Promise<Approved> {
    let given: Consent[] = [];
    let version = name;
    const { accepted } = await this.commands.carryOut(
      model,
      asked,
      ({ code, detail, field }) =>
        new ProblemError(STATUS[code], 'Approval rejected', detail, [{ field: field ?? 'version', detail }]),
      async (manager, state, command, now) => {
        version = await this.names.expect(model, name, manager);
        const { actor, reason } = command;
        given = [...consentsTo(state, version), { actor, reason, at: now.toISOString() }];
        return { kind: 'approve', version, ...command };
      },
    );
    const needed = this.definitions.get(model)?.approvals ?? 0;
    return { model, version, needed, given, deployment_id: accepted?.deployment_id ?? null };
  }
}
