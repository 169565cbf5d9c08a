import type { CommandRejected, RejectionCode } from '#contracts/events/deployment';
import type { Problem } from '#contracts/http/problem';
import { ProblemError } from '#platform/problem';

/** What each reason of the domain is over HTTP. */
export const STATUS: Record<RejectionCode, number> = {
  'not-json': 400,
  'invalid-command': 400,
  'unknown-model': 404,
  'unknown-version': 404,
  'version-removed': 409,
  'already-live': 409,
  'nothing-to-roll-back-to': 409,
  'verdict-not-pass': 409,
  'stale-generation': 409,
  'deployment-in-progress': 409,
  'no-canary': 409,
  'no-shadow': 409,
  'no-live-version': 409,
  'already-shadow': 409,
  'approval-missing': 409,
  'approval-not-wanted': 409,
  'already-approved': 409,
};

/** A rejected command as problem details, with the code that the Kafka event carries too. */
export class CommandProblem extends ProblemError {
  constructor(private readonly rejection: CommandRejected) {
    const { code, detail, field } = rejection;
    super(STATUS[code], 'Command rejected', detail, field === null ? undefined : [{ field, detail }]);
  }

  override toProblem(): Problem {
    return { ...super.toProblem(), code: this.rejection.code, command_id: this.rejection.command_id };
  }
}
