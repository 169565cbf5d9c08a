import { z } from 'zod';
import { ratchet } from '#contracts/command-line';
import type { AlertChannel, ChannelTest } from '#contracts/http/alerts';
import { type CommandFactory, defineCommand } from '../../cli.js';
import { EXIT } from '../../failure.js';
import { count, plural, when, zoned } from '../../output/quantities.js';
import type { Colors } from '../../output/screen.js';
import { table } from '../../output/table.js';

const NONE = [
  'No channel is configured, so nobody is told of alerts.',
  'Give the registry ALERT_SLACK_URL, ALERT_TEAMS_URL, ALERT_SMTP_URL, ALERT_WEBHOOK_URL or ALERTMANAGER_URL: docs/operations/notifications.md',
];

const conditionOf = ({ problem }: Pick<AlertChannel, 'problem'>, colors: Colors): string =>
  problem === null ? colors.green('nothing wrong') : colors.red(problem);

const channels = defineCommand({
  usage: 'channels',
  summary: 'Who is told of alerts, and whether it arrives',
  options: [],
  schema: z.object({}),
  examples: ['ratchet alerts channels', "ratchet alerts channels --json | jq '.[] | select(.problem)'"],
  async run({ screen, registry }) {
    const found = await registry.call('listAlertChannels');
    screen.result(found, (colors) =>
      found.length === 0
        ? NONE
        : [
            ...table(
              found,
              [
                { title: 'CHANNEL', cell: (c) => c.channel },
                { title: 'TO', cell: (c) => c.place, text: 'wrap' },
                { title: 'WAITING', cell: (c) => count(c.waiting), align: 'right' },
                { title: zoned('LAST DELIVERED'), cell: (c) => when(c.delivered_at) },
                { title: 'CONDITION', cell: (c) => conditionOf(c, colors), text: 'wrap' },
              ],
              colors,
              screen.width,
            ),
            '',
            `See whether it arrives: ${ratchet('alerts test', null)}`,
          ],
    );
  },
});

const resultOf = ({ problem }: ChannelTest, colors: Colors): string =>
  problem === null ? colors.green('delivered') : colors.red(problem);

const test = defineCommand({
  usage: 'test',
  summary: 'Send a test through every channel',
  description:
    'Sends a test through every channel that the registry is configured with, and prints what became of it. Exits 1 if one did not take it, or if there is none.',
  options: [],
  schema: z.object({}),
  examples: ['ratchet alerts test', 'ratchet alerts test --json'],
  async run(session) {
    const { screen, registry } = session;
    const tests = await registry.call('testAlertChannels');
    const failed = tests.filter(({ delivered }) => !delivered);
    if (failed.length > 0 || tests.length === 0) session.endWith(EXIT.failed);
    screen.result(tests, (colors) =>
      tests.length === 0
        ? NONE
        : [
            ...table(
              tests,
              [
                { title: 'CHANNEL', cell: (c) => c.channel },
                { title: 'TO', cell: (c) => c.place, text: 'wrap' },
                { title: 'TEST', cell: (c) => resultOf(c, colors), text: 'wrap' },
              ],
              colors,
              screen.width,
            ),
            '',
            failed.length === 0
              ? `${plural(tests.length, 'channel')} took it. Look whether it is there.`
              : `${failed.length} of ${plural(tests.length, 'channel')} did not take it. Check the address and the token in the registry's environment: docs/operations/notifications.md`,
          ],
    );
  },
});

export const alerts: CommandFactory = (parent, open) => {
  const group = parent
    .command('alerts')
    .helpCommand(false)
    .summary('Who is told of alerts, and a test of it')
    .description('Alerts: the channels that they are told through.');
  for (const add of [channels, test]) add(group, open);
};
