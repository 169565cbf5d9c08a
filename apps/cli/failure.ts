/** Exit codes of the command line. */
export const EXIT = { failed: 1, usage: 2, interrupted: 130 } as const;

/** An error for the person at the terminal: what happened, and what to do next. */
export class Failure extends Error {
  constructor(
    message: string,
    readonly next: string | null = null,
    /** `status`, `code` and the fields at fault are those of a service that refused. */
    readonly details: {
      readonly exitCode?: number;
      readonly status?: number;
      readonly code?: string | undefined;
      readonly fields?: readonly { readonly field: string; readonly detail: string }[] | undefined;
    } = {},
  ) {
    super(message);
    this.name = 'Failure';
  }

  get exitCode(): number {
    return this.details.exitCode ?? EXIT.failed;
  }

  /** For `--json`. */
  toDocument(): { error: { message: string; next: string | null; status: number | null } } {
    return { error: { message: this.message, next: this.next, status: this.details.status ?? null } };
  }
}
