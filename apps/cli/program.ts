import { Command, CommanderError, type Option } from 'commander';
import { type CliContext, type OpenSession, openSession } from './cli.js';
import { alias } from './commands/act/alias.js';
import { approve } from './commands/act/approve.js';
import { backup } from './commands/act/backup.js';
import { canary } from './commands/act/canary.js';
import { deploy } from './commands/act/deploy.js';
import { describe } from './commands/act/describe.js';
import { drill } from './commands/act/drill.js';
import { reconcile } from './commands/act/reconcile.js';
import { register } from './commands/act/register.js';
import { retrain } from './commands/act/retrain.js';
import { rollback } from './commands/act/rollback.js';
import { shadow } from './commands/act/shadow.js';
import { tag } from './commands/act/tag.js';
import { alerts } from './commands/administer/alerts.js';
import { completion } from './commands/administer/completion.js';
import { doctor } from './commands/administer/doctor.js';
import { models } from './commands/administer/models.js';
import { plan } from './commands/administer/plan.js';
import { token } from './commands/administer/token.js';
import { collect } from './commands/data/collect.js';
import { dataset } from './commands/data/dataset.js';
import { deadLetters } from './commands/data/dead-letters.js';
import { importCommand } from './commands/data/import.js';
import { audit } from './commands/see/audit.js';
import { compare } from './commands/see/compare.js';
import { history } from './commands/see/history.js';
import { info } from './commands/see/info.js';
import { list } from './commands/see/list.js';
import { report } from './commands/see/report.js';
import { runs } from './commands/see/runs.js';
import { status } from './commands/see/status.js';
import { watch } from './commands/see/watch.js';
import { EXIT, Failure } from './failure.js';
import { Screen, wantsColor } from './output/screen.js';

/** In the order of the help, and of docs/reference/cli.md. */
const GROUPS = [
  { heading: 'See:', commands: [status, watch, list, info, report, compare, runs, history, audit] },
  {
    heading: 'Act:',
    commands: [
      retrain,
      register,
      approve,
      deploy,
      rollback,
      canary,
      shadow,
      drill,
      tag,
      alias,
      describe,
      backup,
      reconcile,
    ],
  },
  { heading: 'Data:', commands: [importCommand, collect, dataset, deadLetters] },
  { heading: 'Administer:', commands: [doctor, plan, alerts, models, token, completion] },
];

const ENVIRONMENT = `
Environment:
  RATCHET_URL         the registry (default: where npm start put it,
                      else http://127.0.0.1:7400)
  RATCHET_INGEST_URL  feedback-ingest (default: where npm start put it,
                      else http://127.0.0.1:7420)
  RATCHET_TOKEN       access token (default: the file "token" in RATCHET_HOME)
  RATCHET_HOME        data folder (default: .ratchet in the clone)
  RATCHET_UTC         1 shows times in UTC, as --utc does
  NO_COLOR            no colours`;

/** Values as they are typed, without quotes; that a flag is off unless given goes without saying. */
function optionDescription({ description, argChoices, defaultValue }: Option): string {
  const extra = [
    ...(argChoices ? [`choices: ${argChoices.join(', ')}`] : []),
    ...(defaultValue === undefined || typeof defaultValue === 'boolean' ? [] : [`default: ${String(defaultValue)}`]),
  ];
  return extra.length > 0 ? `${description} (${extra.join('; ')})` : description;
}

/** All commands. Each opens a session once its arguments and options have been understood. */
export function buildProgram(around: CliContext, version: string, open: OpenSession): Command {
  const program = new Command('ratchet')
    .description('Continuous learning on Kafka: see what is live, retrain, deploy, roll back.')
    .version(version, '-V, --version', "print the command's own version")
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => around.stdout.write(text),
      writeErr: (text) => around.stderr.write(text),
      getOutHelpWidth: () => around.stdout.columns ?? 80,
      getErrHelpWidth: () => around.stderr.columns ?? 80,
      getOutHasColors: () => wantsColor(around.stdout, around.env),
      getErrHasColors: () => wantsColor(around.stderr, around.env),
    })
    .configureHelp({ optionDescription })
    .addHelpText('after', ENVIRONMENT);
  program.addHelpCommand(
    new Command('help').argument('[command]').description('Help for a command').helpGroup('Administer:'),
  );
  for (const { heading, commands } of GROUPS) {
    program.commandsGroup(heading);
    for (const add of commands) add(program, open);
  }
  return program;
}

function asFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  if (error instanceof CommanderError)
    return new Failure(error.message.replace(/^error: /, ''), 'See: ratchet --help', { exitCode: EXIT.usage });
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return new Failure(message, 'This is a defect of the command line; please report it with the command you ran.');
}

/** Runs one command line and returns its exit code. */
export async function runCli(args: readonly string[], around: CliContext, version: string): Promise<number> {
  let exitCode = 0;
  const endWith = (code: number): void => {
    exitCode = code;
  };
  const program = buildProgram(around, version, (asked) => openSession(around, version, asked, endWith));
  try {
    await program.parseAsync([...args], { from: 'user' });
    return exitCode;
  } catch (error) {
    // Commander has already printed its usage errors, and help and version are no errors.
    if (error instanceof CommanderError)
      return error.exitCode === 0 || error.code === 'commander.help' ? 0 : EXIT.usage;
    const failure = asFailure(error);
    new Screen(around.stdout, around.stderr, around.env, args.includes('--json')).failure(failure);
    return failure.exitCode;
  }
}
