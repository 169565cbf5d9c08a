import { Option } from 'commander';
import { z } from 'zod';
import { ratchet } from '#contracts/command-line';
import type { CanaryStatus, RunningCanary } from '#contracts/http/rollout';
import { Reason } from '#contracts/primitives';
import { type CommandFactory, defineCommand, modelOption, modelShape, type Session } from '../../cli.js';
import { Failure } from '../../failure.js';
import { toned } from '../../output/gate.js';
import { count, orDash, share, when, zoned } from '../../output/quantities.js';
import type { Colors } from '../../output/screen.js';
import { facts, table } from '../../output/table.js';

const rate = ({ outcomes, failures }: { outcomes: number; failures: number }): string =>
  outcomes === 0 ? 'no outcomes yet' : `${share(failures, outcomes)} of ${count(outcomes)} outcomes failed`;

const planned = ({ plan, percent }: RunningCanary): string =>
  plan.map((step) => (step === percent ? `[${step}]` : String(step))).join(' → ');

/** What a challenger on trial has to show, what it has shown, and how long it may yet take. */
function trialFacts({ trial }: RunningCanary): [string, string][] {
  if (!trial) return [];
  const what = trial.measure === 'failures' ? 'fewer failures' : 'more successes';
  const { estimate } = trial;
  return [
    ['on trial for', `${percentage(trial.wanted)} ${what}`],
    [
      'so far',
      estimate === null
        ? 'no outcomes of both yet'
        : `${percentage(estimate.value)}, for sure between ${percentage(estimate.low)} and ${percentage(estimate.high)}`,
    ],
    [
      'tasks',
      `${count(trial.tasks)} of at most ${count(trial.most_tasks)}${trial.tasks_needed === null ? '' : `; about ${count(trial.tasks_needed)} more are needed`}`,
    ],
  ];
}

/** A line for every third point is enough to see where it goes. */
const SHOWN_EVERY = 3;

/** Both failure rates and the bound, as they came about. */
function curveLines(canary: RunningCanary, colors: Colors, width: number): string[] {
  const curve = canary.trial?.curve ?? [];
  const shown = curve.filter((_, i) => (curve.length - 1 - i) % SHOWN_EVERY === 0);
  if (shown.length === 0) return [];
  const rateOf = (value: number | null): string => (value === null ? '–' : percentage(value));
  return [
    '',
    ...table(
      shown,
      [
        { title: zoned('UNTIL'), cell: ({ at }) => when(at) },
        { title: 'TASKS', cell: ({ tasks }) => count(tasks), align: 'right' },
        { title: `${canary.version} FAILS`, cell: (point) => rateOf(point.canary_failure_rate), align: 'right' },
        {
          title: `${orDash(canary.live_version)} FAILS`,
          cell: (point) => rateOf(point.live_failure_rate),
          align: 'right',
        },
        {
          title: 'IMPROVEMENT',
          cell: ({ estimate }) =>
            estimate === null
              ? '–'
              : `${percentage(estimate.value)} (${percentage(estimate.low)} to ${percentage(estimate.high)})`,
          align: 'right',
        },
      ],
      colors,
      width,
    ),
  ];
}

const percentage = (value: number): string => `${(100 * value).toFixed(1)} %`;

export function canaryLines({ model, canary }: CanaryStatus, colors: Colors, width: number): string[] {
  if (canary === null) return [`${colors.bold(model)}: no canary is running`];
  const steps = table(
    canary.steps,
    [
      { title: 'SHARE', cell: (step) => `${step.percent} %`, align: 'right' },
      { title: zoned('SINCE'), cell: (step) => when(step.started_at) },
      { title: 'ACTOR', cell: (step) => step.actor },
      { title: 'REASON', cell: (step) => step.reason, text: 'wrap' },
    ],
    colors,
    width,
  );
  return [
    `${colors.bold(model)}: ${colors.bold(canary.version)} has ${canary.percent} % of the tasks, ${orDash(canary.live_version)} the rest`,
    '',
    ...facts(
      [
        ['steps', `${planned(canary)} %`],
        [canary.version, rate(canary.outcomes.canary)],
        [orDash(canary.live_version), rate(canary.outcomes.live)],
        ['this step', `${count(canary.outcomes.in_step)} outcomes`],
        ...trialFacts(canary),
        ['next', `${toned(canary.next, colors)}: ${canary.reasons.join(' ')}`],
      ],
      colors,
    ),
    '',
    ...steps,
    ...curveLines(canary, colors, width),
  ];
}

const status = defineCommand({
  usage: 'status',
  summary: 'The running canary: its share, its outcomes beside the live version, and what it waits for',
  options: [modelOption()],
  schema: z.object(modelShape),
  examples: ['ratchet canary status', 'ratchet canary status --json'],
  async run({ screen, registry }, { model }) {
    const found = await registry.call('getCanary', { params: { model } });
    screen.result(found, (colors) => canaryLines(found, colors, screen.width));
  },
});

/** The generation that the command is about: of two people who advance one step at once, the second is told. */
async function generationOf({ registry }: Session, model: string): Promise<number> {
  const { canary, generation } = await registry.call('getCanary', { params: { model } });
  if (canary === null)
    throw new Failure(`No canary of ${model} is running.`, `See what is: ${ratchet('status', model)}`);
  return generation;
}

const reasonOption = (): Option =>
  new Option('--reason <text>', 'why; kept in the audit log and the history').makeOptionMandatory();
const schema = z.object({ ...modelShape, reason: Reason });

const advance = defineCommand({
  usage: 'advance',
  summary: 'Go to the next step without waiting for its conditions; after the last one the version is live',
  options: [modelOption(), reasonOption()],
  schema,
  examples: ['ratchet canary advance --reason "quiet night, checked by hand"'],
  async run(session, { model, reason }) {
    const expected_generation = await generationOf(session, model);
    const accepted = await session.registry.call('advanceCanary', {
      params: { model },
      body: { reason, expected_generation },
    });
    session.screen.result(accepted, () => [
      accepted.percent === 100
        ? `${accepted.version} is being made live. Follow it: ${ratchet('status', model)}`
        : `${accepted.version} gets ${accepted.percent} % of the tasks. Follow it: ${ratchet('canary status', model)}`,
    ]);
  },
});

const abort = defineCommand({
  usage: 'abort',
  summary: 'Take the canary back; what is live stays live',
  options: [modelOption(), reasonOption()],
  schema,
  examples: ['ratchet canary abort --reason "complaints about forum posts"'],
  async run(session, { model, reason }) {
    const expected_generation = await generationOf(session, model);
    const accepted = await session.registry.call('abortCanary', {
      params: { model },
      body: { reason, expected_generation },
    });
    session.screen.result(accepted, () => [`${accepted.version} was taken back; what is live stays live.`]);
  },
});

export const canary: CommandFactory = (parent, open) => {
  const group = parent
    .command('canary')
    .summary('See a canary, move it on, or take it back')
    .description('A version that answers a part of the tasks. It moves by itself as its outcomes allow.');
  for (const add of [status, advance, abort]) add(group, open);
};
