import { spawnSync } from 'node:child_process';

/** A program that some tests need and a machine may lack. */
export interface Requirement {
  readonly name: string;
  /** What starts it; null where it is missing. */
  readonly program: string | null;
  /** How to have it. */
  readonly remedy: string;
}

/** The first of these programs that starts, by name or path. */
export function firstThatStarts(...programs: readonly string[]): string | null {
  return programs.find((program) => program !== '' && spawnSync(program, ['--version']).status === 0) ?? null;
}

/** The title of a suite: where it is skipped, it says what it needs, and `npm test` repeats that at its end. */
export function titled(title: string, { name, program, remedy }: Requirement): string {
  return program === null ? `${title} [needs ${name}: ${remedy}]` : title;
}
