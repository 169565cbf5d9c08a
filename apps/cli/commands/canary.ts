import { Option } from 'commander';
import { z } from 'zod';
import type { CanaryStatus, RunningCanary } from '#contracts/http/rollout';
import { Reason } from '#contracts/primitives';
import { type CommandFactory, defineCommand, modelOption, modelShape, type Session } from '../cli.js';
import { Failure } from '../failure.js';
import { toned } from '../output/gate.js';
import { count, orDash, share, when } from '../output/quantities.js';
import type { Colors } from '../output/screen.js';
import { facts, table } from '../output/table.js';

const rate = ({ outcomes, failures }: { outcomes: number; failures: number }): string =>
  outcomes === 0 ? 'no outcomes yet' : `${share(failures, outcomes)} of ${count(outcomes)} outcomes failed`;

const planned = ({ plan, percent }: RunningCanary): string =>
  plan.map((step) => (step === percent ? `[${step}]` : String(step))).join(' → ');

export function canaryLines({ model, canary }: CanaryStatus, colors: Colors, width: number): string[] {
  if (canary === null) return [`${colors.bold(model)}: no canary is running`];
  const steps = table(
    canary.steps,
    [
      { title: 'SHARE', cell: (step) => `${step.percent} %`, align: 'right' },
      { title: 'SINCE (UTC)', cell: (step) => when(step.started_at) },
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
        ['next', `${toned(canary.next, colors)}: ${canary.reasons.join(' ')}`],
      ],
      colors,
    ),
    '',
    ...steps,
  ];
}

const status = defineCommand({
  usage: 'status',
  summary: 'The running canary: its share, its outcomes beside the live version, and what it waits for',
  options: [modelOption()],
  schema: z.object(modelShape),
  examples: ['ratchet canary status', 'ratchet canary status --json'],
  async run({ screen, registry }, { model }) {
    const found = await registry.canary(model);
    screen.result(found, (colors) => canaryLines(found, colors, screen.width));
  },
});

/** The generation that the command is about: of two people who advance one step at once, the second is told. */
async function generationOf({ registry }: Session, model: string): Promise<number> {
  const { canary, generation } = await registry.canary(model);
  if (canary === null) throw new Failure(`No canary of ${model} is running.`, 'See what is: ratchet status');
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
    const accepted = await session.registry.advanceCanary(model, { reason, expected_generation });
    session.screen.result(accepted, () => [
      accepted.percent === 100
        ? `${accepted.version} is being made live. Follow it: ratchet status`
        : `${accepted.version} gets ${accepted.percent} % of the tasks. Follow it: ratchet canary status`,
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
    const accepted = await session.registry.abortCanary(model, { reason, expected_generation });
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
