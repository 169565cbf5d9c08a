import { Option } from 'commander';
import { z } from 'zod';
import type { ShadowStatus } from '#contracts/http/rollout';
import { Reason, VersionOrAlias } from '#contracts/primitives';
import { type CommandFactory, defineCommand, modelOption, modelShape, reasonOption } from '../../cli.js';
import { count, orDash, share, when, zoneName } from '../../output/quantities.js';
import type { Colors } from '../../output/screen.js';
import { facts } from '../../output/table.js';

const asPercent = (part: number | null): string => (part === null ? '–' : share(part, 1));

export function shadowLines({ model, shadow }: ShadowStatus, colors: Colors): string[] {
  if (shadow === null) return [`${colors.bold(model)}: no version is a shadow`];
  const { version, since, tasks, agreement, agreed, accuracy, live_version, live_accuracy } = shadow;
  return [
    `${colors.bold(model)}: ${colors.bold(version)} is scored beside ${orDash(live_version)} since ${when(since)} ${zoneName()}`,
    '',
    ...facts(
      [
        ['tasks', `${count(tasks)} with an outcome`],
        ['agreement', `${asPercent(agreement)}: it would have done what was done`],
        ['there', `${share(agreed.failures, agreed.outcomes)} of ${count(agreed.outcomes)} failed`],
        ['elsewhere', 'nobody knows how its choice would have gone'],
        [
          'accuracy',
          `${asPercent(accuracy)} about what was done; ${orDash(live_version)}: ${asPercent(live_accuracy)}`,
        ],
      ],
      colors,
    ),
  ];
}

const status = defineCommand({
  usage: 'status',
  summary: 'The version that is scored without being served, and how it would have done',
  options: [modelOption()],
  schema: z.object(modelShape),
  examples: ['ratchet shadow status', 'ratchet shadow status --json'],
  async run({ screen, registry }, { model }) {
    const found = await registry.call('getShadow', { params: { model } });
    screen.result(found, (colors) => shadowLines(found, colors));
  },
});

const start = defineCommand({
  usage: 'start',
  summary: 'Score a version on live traffic from now on, whatever its verdict; it answers nobody',
  options: [
    modelOption(),
    new Option('--version <version>', 'the version to score, or an alias of it').makeOptionMandatory(),
    reasonOption().makeOptionMandatory(),
  ],
  schema: z.object({ ...modelShape, version: VersionOrAlias, reason: Reason }),
  examples: ['ratchet shadow start --version v1.2.0 --reason "inconclusive on the holdout"'],
  async run({ screen, registry }, { model, version, reason }) {
    const found = await registry.call('setShadow', { params: { model }, body: { version, reason } });
    screen.result(found, (colors) => shadowLines(found, colors));
  },
});

const stop = defineCommand({
  usage: 'stop',
  summary: 'Score no version beside the live one any more',
  options: [modelOption(), reasonOption().makeOptionMandatory()],
  schema: z.object({ ...modelShape, reason: Reason }),
  examples: ['ratchet shadow stop --reason "seen enough"'],
  async run({ screen, registry }, { model, reason }) {
    const found = await registry.call('setShadow', { params: { model }, body: { version: null, reason } });
    screen.result(found, (colors) => shadowLines(found, colors));
  },
});

export const shadow: CommandFactory = (parent, open) => {
  const group = parent
    .command('shadow')
    .summary('Score a version on live traffic without serving it')
    .description('A challenger that is asked about every task and answers none.');
  for (const add of [status, start, stop]) add(group, open);
};
