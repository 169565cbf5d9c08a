import { type BrowserClient, connect } from '#http/client/browser';
import { CallError, NoAnswer, Refused } from '#http/client/errors';

/** The registry, called by the names of its operations. */
export type ApiClient = BrowserClient<'registry'>;

/** Calls the API this page was served beside: relative to the page, so that it also works below a path of a reverse proxy. */
export const apiClient = (token: string): ApiClient =>
  connect('registry', { name: 'The registry', url: new URL('.', document.baseURI).href, token });

/** What to tell a person about an error. */
export function explain(error: unknown): { title: string; detail: string } {
  if (error instanceof Refused) {
    // Its detail says all that its fields at fault do, which are for programs.
    return { title: error.problem?.title ?? 'It did not work', detail: error.message };
  }
  if (error instanceof NoAnswer)
    return { title: 'No answer', detail: 'The registry does not answer. Is the stack running?' };
  if (error instanceof CallError) return { title: 'No whole answer', detail: error.message };
  return { title: 'Something went wrong here', detail: error instanceof Error ? error.message : String(error) };
}

/** Whether the registry says it has no such thing, as one of an older release does for endpoints it lacks. */
export const isMissing = (error: unknown): boolean => error instanceof Refused && error.status === 404;
