import { REASON, ratchet } from '#contracts/command-line';
import { Failure } from '../../failure.js';

/** What to do about each refusal of a deploy, rollback or drill; the registry's own sentence says what is wrong. */
const ADVICE: Readonly<Record<string, (model: string, version: string | undefined) => string>> = {
  'verdict-not-pass': (model, version = 'V') =>
    `Why: ${ratchet('info', model, `--version ${version}`)}. To deploy it all the same, say so and why: ${ratchet('deploy', model, `--version ${version} --force ${REASON}`)}`,
  'deployment-in-progress': (model) => `Follow it: ${ratchet('status', model)}`,
  'unknown-model': () => `See which there are: ${ratchet('models list', null)}`,
  'unknown-version': (model) => `See which there are: ${ratchet('list', model)}`,
  'version-removed': (model) => `Its backups: ${ratchet('backup list', model)}`,
  'stale-generation': (model) => `See what is live now: ${ratchet('status', model)}`,
  'nothing-to-roll-back-to': (model) => `See what there is: ${ratchet('list', model)}`,
};

/** The refusal of a command, with what to type next; other errors as they are. */
export function withAdvice(error: unknown, model: string, version?: string): unknown {
  // Most sentences of the registry name the command already.
  if (!(error instanceof Failure) || error.next !== null || /\bratchet [a-z]/.test(error.message)) return error;
  const advice = ADVICE[error.details.code ?? ''];
  return advice ? new Failure(spoken(error.message), advice(model, version), error.details) : error;
}

/** The registry speaks of the field of the HTTP body; at the terminal it is an option. */
const spoken = (message: string): string =>
  message
    .replace('; send force: true to deploy it all the same.', '.')
    .replace('; deploy it with force: true instead.', '.');
