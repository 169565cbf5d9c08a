import { DEFAULT_MODEL } from './default-model.js';

/**
 * A command as people are told to type it: every message that advises one, of whatever service, is made here, so that what is
 * copied acts on the model that the message is about.
 *
 * @param command its words, like `deploy` or `backup list`
 * @param model the one it is about; null for a command that takes none
 * @param options what follows, as it is typed
 */
export function ratchet(command: string, model: string | null, options = ''): string {
  const named = model === null || model === DEFAULT_MODEL ? '' : ` --model ${model}`;
  return `ratchet ${command}${named}${options === '' ? '' : ` ${options}`}`;
}

/** Stands in advice for what only who types it knows. */
export const REASON = '--reason "…"';
