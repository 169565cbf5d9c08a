import { ratchet } from '#contracts/command-line';
import { DEFAULT_MODEL } from '#contracts/default-model';
import { advised, longestUnderstood, type Meaning, words } from './advice.js';
import { adviceInSources } from './advice-in-sources.js';

/** A command that is printed somewhere, for whoever copies it. */
export interface PrintedAdvice extends Meaning {
  /** The first file that prints it. */
  readonly file: string;
}

const textAfterPrompt = (example: string): string => example.replace(/^.*?\bratchet /, '').replace(/\)"/, '');

/**
 * Every command that anything prints: advice of messages, problem details, alerts, console and help, each as it is meant for one
 * model beside others and for the default one. Of those that differ in their values alone, one.
 *
 * @param model the one beside others
 */
export async function printedAdvice(model: string): Promise<PrintedAdvice[]> {
  const { made, written } = adviceInSources();
  const lines = [
    ...made.flatMap(({ file, commands, anyModel, options }) =>
      commands.flatMap((command) =>
        options.flatMap((option) =>
          (anyModel ? [null] : [model, DEFAULT_MODEL]).map((about) => ({
            file,
            typed: words(ratchet(command, about, option)).slice(1),
          })),
        ),
      ),
    ),
    ...written.flatMap(({ file, text, kind }) =>
      kind === 'example'
        ? [{ file, typed: words(textAfterPrompt(text)) }]
        : kind === 'told'
          ? advised(text).map((typed) => ({ file, typed }))
          : [],
    ),
  ];
  const found = new Map<string, PrintedAdvice>();
  for (const { file, typed } of lines) {
    const meaning = await longestUnderstood(typed);
    const key = `${meaning.shape} of ${meaning.model === null || meaning.model === DEFAULT_MODEL ? meaning.model : model}`;
    if (!found.has(key)) found.set(key, { file, ...meaning });
  }
  return [...found.values()].sort((one, other) => one.shape.localeCompare(other.shape));
}
