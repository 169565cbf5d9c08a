import { DEFAULT_MODEL } from './default-model.js';

/** Commands that tell of all models where none is named; every other then acts on the default model. */
const OF_ALL: readonly string[] = ['status', 'audit'];

/**
 * A command as people are told to type it: every message that advises one, of whatever service, is made here, so that what is
 * copied acts on the model that the message is about.
 *
 * @param command its words, like `deploy` or `backup list`
 * @param model the one it is about; null for a command that takes none
 * @param options what follows, as it is typed
 */
export function ratchet(command: string, model: string | null, options = ''): string {
  const understood = model === null || (model === DEFAULT_MODEL && !OF_ALL.includes(command));
  const named = understood ? '' : ` --model ${model}`;
  return `ratchet ${command}${named}${options === '' ? '' : ` ${options}`}`;
}

/** Stands in advice for what only who types it knows. */
export const REASON = '--reason "…"';
