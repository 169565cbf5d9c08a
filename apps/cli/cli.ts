import { type Command, Option } from 'commander';
import { z } from 'zod';
import { DEFAULT_MODEL, ModelName } from '#contracts/primitives';
import type { NodeClient } from '#http/client/node';
import { service } from './client/service.js';
import { type Environment, readSettings, type Settings } from './client/settings.js';
import { EXIT, Failure } from './failure.js';
import { showTimesIn } from './output/quantities.js';
import { Screen, type Stream } from './output/screen.js';

/** The outside of the command line; tests bring their own. */
export interface CliContext {
  readonly env: Environment;
  readonly cwd: string;
  readonly stdout: Stream;
  readonly stderr: Stream;
}

/** What a command works with. */
export interface Session {
  readonly screen: Screen;
  readonly settings: Settings;
  readonly registry: NodeClient<'registry'>;
  readonly ingest: NodeClient<'feedback-ingest'>;
  readonly env: Environment;
  readonly cwd: string;
  /** Version of this command. */
  readonly release: string;
  /** Ends the command with this exit code although it printed a result, like a run that failed. */
  endWith(exitCode: number): void;
}

/** What every command can be asked for. */
export interface Asked {
  readonly json: boolean;
  readonly utc: boolean;
}

/** The zone of this machine, or of TZ where that names one. */
function localZone({ TZ }: Environment): string {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: TZ || undefined }).resolvedOptions().timeZone;
  } catch {
    // Systems know more ways to write a zone than its name, and this process goes by them already.
    return new Intl.DateTimeFormat().resolvedOptions().timeZone;
  }
}

export function openSession(
  around: CliContext,
  release: string,
  { json, utc }: Asked,
  endWith: (code: number) => void,
): Session {
  showTimesIn(utc || around.env.RATCHET_UTC === '1' ? 'UTC' : localZone(around.env));
  const settings = readSettings(around.env, around.cwd);
  return {
    screen: new Screen(around.stdout, around.stderr, around.env, json),
    settings,
    registry: service('registry', 'The registry', settings.registry, settings.token),
    ingest: service('feedback-ingest', 'feedback-ingest', settings.ingest, settings.token),
    env: around.env,
    cwd: around.cwd,
    release,
    endWith,
  };
}

export interface CommandSpec<S extends z.ZodObject> {
  /** Like `info`, or `compare <from> <to>`. */
  readonly usage: string;
  /** Other names of it, such as those it had before. */
  readonly aliases?: readonly string[];
  readonly summary: string;
  readonly description?: string;
  readonly options: readonly Option[];
  /** Checks the options; keys are commander's camel case. */
  readonly schema: S;
  readonly examples: readonly string[];
  /** Commands below it, like `runs cancel`. */
  readonly below?: readonly CommandFactory[];
  readonly run: (session: Session, options: z.infer<S>, args: readonly string[]) => Promise<void>;
}

export const modelOption = (): Option => new Option('--model <name>', 'the model').default(DEFAULT_MODEL);
export const modelShape = { model: ModelName };

export const versionOption = (): Option =>
  new Option('--version <version>', 'the version, like v1.1.0, or an alias of it').makeOptionMandatory();
export const reasonOption = (): Option => new Option('--reason <text>', 'why; kept in the audit log');

export const limitOption = (what: string): Option =>
  new Option('--limit <n>', `show at most this many ${what}`).default('20');
export const limitShape = { limit: z.coerce.number('expected a number').int().min(1).max(1000) };

export const fullOption = (): Option =>
  new Option('--full', 'show long texts whole, instead of one line a row').default(false);
export const fullShape = { full: z.boolean() };

/** How long a command that waits will wait, in seconds. */
export const timeoutOption = (seconds: number): Option =>
  new Option('--timeout <seconds>', 'give up waiting after this long').default(String(seconds));
export const timeoutShape = { timeout: z.coerce.number('expected seconds').positive() };

export type OpenSession = (asked: Asked) => Session;

/** Adds itself to a parent command. */
export type CommandFactory = (parent: Command, open: OpenSession) => void;

/** A command whose options are checked by a schema, with `--json` and examples. */
export function defineCommand<S extends z.ZodObject>(spec: CommandSpec<S>): CommandFactory {
  return (parent, open) => {
    const command = parent.command(spec.usage);
    if (spec.aliases) command.aliases([...spec.aliases]);
    command.summary(spec.summary).description(spec.description ?? `${spec.summary}.`);
    for (const option of spec.options) command.addOption(option);
    command.option('--json', 'print one JSON document instead of text');
    command.option('--utc', 'show times in UTC instead of the time zone of this machine');
    command.addHelpText('after', `\nExamples:\n${spec.examples.map((line) => `  $ ${line}`).join('\n')}`);
    command.action(async () => {
      const raw = command.opts();
      const options = spec.schema.safeParse(raw);
      if (!options.success) throw badOption(command, options.error);
      await spec.run(open({ json: raw.json === true, utc: raw.utc === true }), options.data, namedArguments(command));
    });
    for (const add of spec.below ?? []) add(command, open);
  };
}

/** What was given for the arguments; commander fills those left out with undefined. */
const namedArguments = (command: Command): string[] =>
  command.processedArgs.flat().flatMap((given: unknown) => (given === undefined ? [] : [String(given)]));

/** As it is typed, like `backup list`. */
const nameOf = (command: Command): string =>
  command.parent?.parent ? `${nameOf(command.parent)} ${command.name()}` : command.name();

function badOption(command: Command, error: z.ZodError): Failure {
  const issue = error.issues[0];
  const name = String(issue?.path[0] ?? '');
  const option = command.options.find((o) => o.attributeName() === name);
  const commandName = nameOf(command);
  return new Failure(
    `${option?.long ?? name}: ${issue?.message ?? 'not understood'}.`,
    `See: ratchet ${commandName} --help`,
    { exitCode: EXIT.usage },
  );
}
