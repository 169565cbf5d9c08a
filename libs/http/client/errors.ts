import type { Problem } from '#contracts/http/problem';

/** A call that did not succeed; each kind is a class of its own. */
export abstract class CallError extends Error {}

/** The service answered with an error. Its problem's detail says what was wrong and what to do. */
export class Refused extends CallError {
  override readonly name = 'Refused';
  constructor(
    readonly status: number,
    /** Null where the body was no problem details. */
    readonly problem: Problem | null,
    service: string,
  ) {
    super(problem?.detail ?? `${service} answered with status ${status}.`);
  }

  get code(): string | undefined {
    return typeof this.problem?.code === 'string' ? this.problem.code : undefined;
  }
}

/** There was no answer at all; `reason` is the network's word for it. */
export class NoAnswer extends CallError {
  override readonly name = 'NoAnswer';
  constructor(
    readonly reason: string,
    service: string,
  ) {
    super(`${service} does not answer (${reason}).`);
  }
}

/** The connection was lost in the middle of the answer. */
export class BrokenOff extends CallError {
  override readonly name = 'BrokenOff';
  constructor(
    readonly reason: string,
    service: string,
  ) {
    super(`The connection to ${service} broke off (${reason}).`);
  }
}

/** The answer is not what the table says, as by another release. */
export class UnknownForm extends CallError {
  override readonly name = 'UnknownForm';
  constructor(
    /** Method and path. */
    readonly asked: string,
    /** The first place that does not fit, and why. */
    readonly where: string,
    service: string,
  ) {
    super(`${service} answered ${asked} in a form that is not known here (${where}).`);
  }
}

/** What the operating system or the HTTP library calls a failure, like ECONNREFUSED. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  if (error.cause instanceof Error) return reasonOf(error.cause);
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}
