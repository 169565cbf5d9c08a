import type { Command } from 'commander';
import { z } from 'zod';
import { DEFAULT_MODEL } from '#contracts/default-model';
import { buildProgram } from '../program.js';

const WORD = [
  '--[a-z-]+',
  String.raw`v\d+\.\d+\.\d+`,
  String.raw`"[^"\n]+"(?![a-z])`,
  // A file, a renaming, an id that is cut off.
  String.raw`(?:[\w.-]*/)*[\w-]+\.(?:csv|yaml|jsonl?|py|txt|html)\b`,
  String.raw`[\w.-]+=[\w.,=-]*\w`,
  String.raw`[0-9a-f]{8}\b`,
  String.raw`\d+\b`,
  String.raw`[A-Z]+\b`,
  String.raw`[a-z][a-z-]*\b(?!:)`,
].join('|');
const COMMAND = new RegExp(String.raw`(?<![.\w/])ratchet ((?:${WORD})(?: (?:${WORD}))*)`, 'g');

/** Every command that a text tells people to type, in words as a shell would take them apart. */
export const advised = (text: string): string[][] =>
  [...text.replaceAll(/ (?:and|or) ratchet /g, '; ratchet ').matchAll(COMMAND)].map(([, line = '']) => words(line));

/** The words of a command line, up to where the shell would begin another. */
export function words(line: string): string[] {
  const [own = ''] = line.split(/ (?:[|>#]|&&) ?/);
  return [...own.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([, double, single, plain]) =>
    (double ?? single ?? plain ?? '').replace(/^…$/, 'as advised').replace(/^V$/, 'v1.0.0'),
  );
}

class Understood extends Error {}

const QUIET = { write: () => true };

/** The command line's own table, which is parsed and never run. */
function table(): Command {
  return buildProgram({ env: {}, cwd: '.', stdout: QUIET, stderr: QUIET }, '', () => {
    throw new Understood();
  });
}

/** Options by which commands take a model. */
const NAMES_MODEL: readonly string[] = ['--model', '--definition'];

/** Whether a command as it is typed says which model it is about. */
export const namesModel = (typed: readonly string[]): boolean => typed.some((word) => NAMES_MODEL.includes(word));

export interface Meaning {
  /** As in the table, like `backup list`. */
  readonly command: string;
  readonly takesModel: boolean;
  /** The one it acts on; null where it takes none, or was given none and acts on all. */
  readonly model: string | null;
  /** Its words, without what a sentence goes on with. */
  readonly typed: readonly string[];
  /** What it is beside its values: the command, a "…" for what it names, and the options. */
  readonly shape: string;
}

const nameOf = (command: Command): string =>
  command.parent?.parent ? `${nameOf(command.parent)} ${command.name()}` : command.name();

/** What the command line itself makes of a command; throws what it would say of one that it does not understand. */
export async function understand(typed: readonly string[]): Promise<Meaning> {
  if (typed.at(-1) === '--help' && isCommand(typed.slice(0, -1)))
    return { command: 'help', takesModel: false, model: null, typed, shape: 'help' };
  const program = table();
  let found: Command | undefined;
  program.hook('preAction', (_, command) => {
    found = command;
  });
  await program.parseAsync([...typed], { from: 'user' }).catch((error: unknown) => {
    if (!(error instanceof Understood)) throw error;
  });
  if (found === undefined) throw new Error(`"${typed.join(' ')}" names a group of commands, and none of it.`);
  const given = z.object({ model: z.string().optional(), definition: z.string().optional() }).parse(found.opts());
  const command = nameOf(found);
  const options = typed.filter((word) => word.startsWith('--') && word !== '--model').sort();
  return {
    command,
    takesModel: found.options.some(({ long }) => long !== undefined && NAMES_MODEL.includes(long)),
    model: given.model ?? given.definition ?? null,
    typed,
    shape: [command, ...(found.args.length > 0 ? ['…'] : []), ...options].join(' '),
  };
}

/** Of a command in the middle of a sentence, of which words follow it. */
export async function longestUnderstood(typed: readonly string[]): Promise<Meaning> {
  for (let length = typed.length; length > 1; length--) {
    const meaning = await understand(typed.slice(0, length)).catch(() => null);
    if (meaning !== null) return meaning;
  }
  return await understand(typed.slice(0, 1));
}

/** Of every command that can be run, by its name. */
export function commandNames(): string[] {
  const below = (command: Command): string[] => [
    // Every one of them takes --json; what only holds others takes nothing.
    ...(command.options.some(({ long }) => long === '--json') ? [nameOf(command)] : []),
    ...command.commands.filter((each) => each.name() !== 'help').flatMap(below),
  ];
  return table().commands.flatMap(below);
}

/** Whether words begin with a command. */
export const isCommand = ([first, second]: readonly string[]): boolean =>
  commandNames().some((name) => name === first || name === `${first} ${second}`);

/** Whether a command acts on the model that it was advised for. */
export const actsOn = ({ takesModel, model }: Meaning, about: string | null): boolean =>
  !takesModel || (about ?? DEFAULT_MODEL) === model;
