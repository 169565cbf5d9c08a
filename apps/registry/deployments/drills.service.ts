import { Inject, Injectable } from '@nestjs/common';
import type { DrillAccepted } from '#contracts/http/deployments';
import { ProblemError } from '#platform/problem';
import { OperatorCommands } from './operator-commands.js';

/** Rehearses rollbacks. */
@Injectable()
export class Drills {
  constructor(@Inject(OperatorCommands) private readonly commands: OperatorCommands) {}

  /** Throws a 404 for an unknown model, a 409 when there is nothing to rehearse or something else is under way. */
  async start(model: string, actor: string, reason: string): Promise<DrillAccepted> {
    const { accepted } = await this.commands.carryOut(
      model,
      { actor, reason },
      ({ detail }) => new ProblemError(409, 'Drill rejected', detail),
      async (_manager, _state, command) => ({ kind: 'drill', actor: command.actor, reason: command.reason }),
    );
    if (accepted === null || accepted.from_version === null) throw new Error('a drill was decided without an answer');
    const { deployment_id, generation, from_version, to_version } = accepted;
    return { deployment_id, generation, live: from_version, rollback_to: to_version };
  }
}
