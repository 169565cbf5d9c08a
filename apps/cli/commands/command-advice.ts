import { Failure } from '../failure.js';

/** What to do about each refusal of a deploy, rollback or drill; the registry's own sentence says what is wrong. */
const ADVICE: Readonly<Record<string, (version: string | undefined) => string>> = {
  'verdict-not-pass': (version = 'V') =>
    `Why: ratchet info --version ${version}. To deploy it all the same, say so and why: ratchet deploy --version ${version} --force --reason "…"`,
  'deployment-in-progress': () => 'Follow it: ratchet status',
  'version-removed': () => 'Its backups: ratchet backup list',
  'stale-generation': () => 'See what is live now: ratchet status',
  'nothing-to-roll-back-to': () => 'See what there is: ratchet list',
};

/** The refusal of a command, with what to type next; other errors as they are. */
export function withAdvice(error: unknown, version?: string): unknown {
  if (!(error instanceof Failure) || error.next !== null) return error;
  const advice = ADVICE[error.details.code ?? ''];
  return advice ? new Failure(spoken(error.message), advice(version), error.details) : error;
}

/** The registry speaks of the field of the HTTP body; at the terminal it is an option. */
const spoken = (message: string): string =>
  message
    .replace('; send force: true to deploy it all the same.', '.')
    .replace('; deploy it with force: true instead.', '.');
