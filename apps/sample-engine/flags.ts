import { Command, InvalidArgumentError, Option } from 'commander';
import { USUAL_FOLLOW } from './simulation/task.js';
import { TRUTHS, type TruthName } from './truth/worlds.js';

/** When the ground truth changes: after so many tasks, or so many seconds after the start. */
export type DriftAt = { readonly tasks: number } | { readonly seconds: number };

export interface Flags {
  /** Tasks per second after the burst. */
  readonly rate: number;
  /** Two runs with one seed draw the same tasks; the second one then counts as a repetition. */
  readonly seed: number;
  /** Ends after this many tasks, the burst included; null goes on. */
  readonly total: number | null;
  /** Tasks sent as fast as possible at first; null: 2500 where no model answers yet, else none. */
  readonly burst: number | null;
  /** The burst's outcomes are spread over this many days up to now. */
  readonly historyDays: number;
  readonly driftAt: DriftAt | null;
  /** Share of the tasks in which the engine does what the model says. */
  readonly follow: number;
  readonly truth: TruthName;
  readonly serving: readonly string[];
}

function whole(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('expected a whole number, 0 or more.');
  return Number(text);
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0 && Number.isFinite(value))) throw new InvalidArgumentError('expected a number above 0.');
  return value;
}

function notNegative(text: string): number {
  const value = Number(text);
  if (text === '' || !(value >= 0 && Number.isFinite(value)))
    throw new InvalidArgumentError('expected a number, 0 or more.');
  return value;
}

function share(text: string): number {
  const value = Number(text);
  if (text === '' || !(value >= 0 && value <= 1)) throw new InvalidArgumentError('expected a number from 0 to 1.');
  return value;
}

/** "5000" is a number of tasks, "300s" and "5m" are times. */
export function parseDriftAt(text: string): DriftAt {
  const [, amount, unit] = /^(\d+)(s|m)?$/.exec(text) ?? [];
  if (amount === undefined)
    throw new InvalidArgumentError('expected a number of tasks like 5000, or a time like 300s or 5m.');
  if (unit === undefined) return { tasks: Number(amount) };
  return { seconds: Number(amount) * (unit === 'm' ? 60 : 1) };
}

/** 32 bits of the time: two runs without --seed are different ones. */
const freshSeed = (): number => Date.now() % 2 ** 32;

/** Reads the command line; prints the help or what is wrong with a flag, and ends the process then. */
export function readFlags(args: readonly string[]): Flags {
  const command = new Command('sample-engine')
    .description(
      'Simulates an automation engine: asks for decisions, carries tasks out, and publishes how they went.\n' +
        'What really decides success is known and documented in docs/sample-engine.md.',
    )
    .option('--rate <tasks>', 'tasks per second after the burst', positive, 20)
    .option('--seed <number>', 'draws the same tasks for the same number (default: another one each time)', whole)
    .option('--total <tasks>', 'end after so many tasks, burst included (default: go on)', whole)
    .option('--burst <tasks>', 'tasks sent at once at first (default: 2500 while no model answers, else 0)', whole)
    .option('--history-days <days>', 'spread the burst over so many days up to now', notNegative, 28)
    .option(
      '--drift-at <when>',
      'change the ground truth after so many tasks (5000) or so much time (300s, 5m)',
      parseDriftAt,
    )
    .option(
      '--follow <share>',
      'share of the tasks in which it does what the model says; 1 is always',
      share,
      USUAL_FOLLOW,
    )
    .addOption(
      new Option('--truth <name>', 'what decides success; docs/sample-engine.md tells of each')
        .choices(TRUTHS)
        .default('friendly'),
    )
    .option(
      '--serving <url>',
      'address of a serving instance; repeat it for each (default: ports 7410 and 7411)',
      (url: string, urls: string[]) => [...urls, url],
      [],
    )
    .addHelpText(
      'after',
      `
Environment:
  KAFKA_BROKERS   where the outcomes go (KAFKA_SASL_* and KAFKA_TLS_* as for the services)
  SERVING_TOKEN   access token, where serving listens on more than loopback

Examples:
  node dist/apps/sample-engine/main.js --rate 50
  node dist/apps/sample-engine/main.js --seed 7 --total 10000 --rate 500
  node dist/apps/sample-engine/main.js --drift-at 5m`,
    )
    .parse(args, { from: 'user' });
  const options: Partial<Flags> & Pick<Flags, 'rate' | 'historyDays' | 'follow' | 'truth'> & { serving: string[] } =
    command.opts();
  return {
    rate: options.rate,
    seed: options.seed ?? freshSeed(),
    total: options.total ?? null,
    burst: options.burst ?? null,
    historyDays: options.historyDays,
    driftAt: options.driftAt ?? null,
    follow: options.follow,
    truth: options.truth,
    serving: options.serving.length > 0 ? options.serving : ['http://127.0.0.1:7410', 'http://127.0.0.1:7411'],
  };
}
