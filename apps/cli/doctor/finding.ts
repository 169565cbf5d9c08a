/** What a check found. `skipped` says what would be needed to look. */
export interface Finding {
  readonly check: string;
  readonly state: 'ok' | 'warning' | 'failed' | 'skipped';
  readonly detail: string;
  /** What to do about it. */
  readonly next: string | null;
}

export const ok = (check: string, detail: string): Finding => ({ check, state: 'ok', detail, next: null });

export const warning = (check: string, detail: string, next: string): Finding => ({
  check,
  state: 'warning',
  detail,
  next,
});

export const failed = (check: string, detail: string, next: string): Finding => ({
  check,
  state: 'failed',
  detail,
  next,
});

export const skipped = (check: string, detail: string, next: string): Finding => ({
  check,
  state: 'skipped',
  detail,
  next,
});

export const reasonOf = (error: unknown): string => {
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  if (!(error instanceof Error)) return String(error);
  return error.message || error.name;
};
