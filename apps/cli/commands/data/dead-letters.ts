import { Option } from 'commander';
import { z } from 'zod';
import { ratchet } from '#contracts/command-line';
import { RejectionReason } from '#contracts/events/feedback';
import {
  type DeadLetterDetail,
  type DeadLetterGroup,
  FEEDBACK_OPERATIONS,
  type FoundDeadLetter,
} from '#contracts/http/feedback';
import { Reason } from '#contracts/primitives';
import { type CommandFactory, defineCommand, fullOption, fullShape, type Session } from '../../cli.js';
import { EXIT, Failure } from '../../failure.js';
import { printable } from '../../output/printable.js';
import { count, orDash, plural, short, when, zoned, zoneName } from '../../output/quantities.js';
import type { Colors } from '../../output/screen.js';
import { facts, table } from '../../output/table.js';
import { valueLines } from '../../output/value.js';
import { isWholeId, pickId } from '../pick-id.js';

const filterOptions = (): Option[] => [
  new Option('--reason <reason>', 'only messages refused for this reason').choices(RejectionReason.options),
  new Option('--topic <topic>', 'only messages of this topic'),
];
const filterShape = { reason: RejectionReason.optional(), topic: z.string().min(1).optional() };

/** `--reason` says why they were refused. */
const whyOption = (): Option => new Option('--why <text>', 'why you do it; kept in the audit log');
const decisionShape = { ...filterShape, why: Reason.optional() };

const LIST = ratchet('dlq list', null);

/** Of letters that were named, what became of those that do not wait. */
function unmoved(what: 'sent' | 'dropped', sentBefore: number): string {
  if (sentBefore === 0) return `Nothing was ${what}: no such message waits. See: ${LIST}`;
  const [they, have, wait] = sentBefore === 1 ? ['It', 'was', 'waits'] : ['They', 'were', 'wait'];
  return `Nothing was ${what}: ${they.toLowerCase()} ${have} sent again before, and no longer ${wait}. What was refused once more is a message of its own, with an id of its own: ${LIST}`;
}

function groupLines(groups: readonly DeadLetterGroup[], full: boolean, colors: Colors, width: number): string[] {
  if (groups.length === 0) return ['No message has been refused.'];
  const waits = groups.find(({ waiting }) => waiting > 0);
  const lines = table(
    groups,
    [
      { title: 'WAITING', cell: (g) => (g.waiting > 0 ? colors.yellow(count(g.waiting)) : '0'), align: 'right' },
      { title: 'REPLAYED', cell: (g) => count(g.replayed), align: 'right', dispensable: true },
      { title: 'REASON', cell: (g) => g.reason },
      { title: 'TOPIC', cell: (g) => g.topic },
      { title: zoned('LAST'), cell: (g) => when(g.last_at), dispensable: true },
      { title: 'EXAMPLE', cell: (g) => short(g.example.id) },
      {
        title: 'WHAT WAS EXPECTED',
        cell: ({ example }) => [example.field, example.detail].filter(Boolean).join(': '),
        text: full ? 'wrap' : 'cut',
      },
    ],
    colors,
    width,
  );
  if (waits === undefined) return lines;
  return [
    ...lines,
    '',
    `One of them whole: ${ratchet('dlq show', null, short(waits.example.id))}`,
    `When the cause is mended, send them again: ${ratchet('dlq replay', null, `--topic ${waits.topic} --reason ${waits.reason}`)}`,
  ];
}

const list = defineCommand({
  usage: 'list',
  summary: 'Messages that were refused, by reason and topic, with an example of each',
  options: [...filterOptions(), fullOption()],
  schema: z.object({ ...filterShape, ...fullShape }),
  examples: ['ratchet dlq list', 'ratchet dlq list --topic automation.outcomes --reason not-json'],
  async run({ screen, ingest }, { reason, topic, full }) {
    const groups = await ingest.call('listDeadLetters', { query: { reason, topic } });
    screen.result(groups, (colors) => groupLines(groups, full, colors, screen.width));
  },
});

function foundLines(found: readonly FoundDeadLetter[], full: boolean, colors: Colors, width: number): string[] {
  if (found.length === 0) return [`No refused message holds it. See all: ${ratchet('dlq list', null)}`];
  return table(
    found,
    [
      { title: 'ID', cell: ({ id }) => id },
      { title: zoned('RECEIVED'), cell: ({ received_at }) => when(received_at), dispensable: true },
      { title: 'REASON', cell: ({ reason }) => reason },
      {
        title: 'FROM',
        cell: ({ source }) => `${source.topic}/${source.partition} @${source.offset}`,
        dispensable: true,
      },
      { title: 'AROUND IT', cell: ({ excerpt }) => printable(excerpt), text: full ? 'wrap' : 'cut' },
    ],
    colors,
    width,
  );
}

const search = defineCommand({
  usage: 'search <text>',
  summary: 'Refused messages that hold a text, newest first',
  description:
    'Looks into values, keys and what was expected, as they are written: a task id, a host, a word of an error. Upper and lower case differ.',
  options: [
    ...filterOptions(),
    new Option('--limit <n>', 'at most so many').argParser(Number).default(20),
    fullOption(),
  ],
  schema: z.object({ ...filterShape, ...fullShape, limit: FEEDBACK_OPERATIONS.searchDeadLetters.query.shape.limit }),
  examples: ['ratchet dlq search task-8841', 'ratchet dlq search captcha --topic automation.outcomes'],
  async run({ screen, ingest }, { reason, topic, limit, full }, [text = '']) {
    const found = await ingest.call('searchDeadLetters', { query: { text, reason, topic, limit } });
    screen.result(found, (colors) => foundLines(found, full, colors, screen.width));
  },
});

function letterLines(letter: DeadLetterDetail, colors: Colors): string[] {
  const { source } = letter;
  const value = Buffer.from(letter.value_base64, 'base64');
  const headers = Object.entries(letter.headers).map(([name, text]): [string, string] => [
    `  ${printable(name)}`,
    printable(text),
  ]);
  return [
    ...facts(
      [
        ['id', letter.id],
        ['refused', `${letter.reason}${letter.field === null ? '' : `, field ${letter.field}`}`],
        ['expected', printable(letter.detail)],
        ['from', `${source.topic}, partition ${source.partition}, offset ${source.offset}`],
        ['received', `${when(letter.received_at)} ${zoneName()}`],
        [
          'replayed',
          letter.replayed_at ? `${when(letter.replayed_at)} ${zoneName()}, ${plural(letter.replays, 'time')}` : 'no',
        ],
        ...(letter.consumer === null ? [] : [['could not be handled by', printable(letter.consumer)] as const]),
        ['key', printable(orDash(letter.key))],
        ...(headers.length > 0 ? [['headers', ''] as const] : []),
        ...headers,
        ['value', plural(letter.value_bytes, 'byte')],
      ],
      colors,
    ),
    '',
    ...valueLines(value),
    ...(value.length < letter.value_bytes ? [colors.yellow(`(cut after ${plural(value.length, 'byte')})`)] : []),
  ];
}

/** Ids as they are, and beginnings of the examples that `ratchet dlq list` shows. */
async function wholeIds({ ingest }: Session, given: readonly string[]): Promise<string[]> {
  if (given.every(isWholeId)) return given.map((id) => id.toLowerCase());
  const known = (await ingest.call('listDeadLetters')).map(({ example }) => example.id);
  return given.map((id) => pickId(id, known, 'example', ratchet('dlq list', null)));
}

const show = defineCommand({
  usage: 'show <id>',
  summary: 'One refused message: why, where it came from, headers and value',
  description:
    'Takes the id of a dead letter (the ce_id on the topic feedback.dead-letter), or the beginning of an example that ratchet dlq list shows. Bytes that are no text are shown in hexadecimal. With --raw the value alone goes to stdout, byte for byte.',
  options: [new Option('--raw', 'write the value alone, as it came').default(false).conflicts('json')],
  schema: z.object({ raw: z.boolean() }),
  examples: ['ratchet dlq show 3f2a81c0', 'ratchet dlq show 3f2a81c0 --raw > message.json'],
  async run(session, { raw }, args) {
    const [id = ''] = await wholeIds(session, args);
    const letter = await session.ingest.call('readDeadLetter', { params: { id } });
    if (raw) session.screen.bytes(Buffer.from(letter.value_base64, 'base64'));
    else session.screen.result(letter, (colors) => letterLines(letter, colors));
  },
});

const replay = defineCommand({
  usage: 'replay [id...]',
  summary: 'Send refused messages again, to the topics they came from',
  description:
    'Sends the original bytes, key and headers of those that wait: the ids named, those of a reason or topic, or all. Nothing counts twice; what is still wrong becomes a new dead letter. For use after the cause is mended, such as a model definition that did not know an action.',
  options: [...filterOptions(), whyOption()],
  schema: z.object(decisionShape),
  examples: [
    'ratchet dlq replay --reason unknown-action',
    'ratchet dlq replay --topic shadow.outcomes',
    'ratchet dlq replay 3f2a81c0',
  ],
  async run(session, { reason, topic, why }, args) {
    const ids = await wholeIds(session, args);
    const accepted = await session.ingest.call('replayDeadLetters', {
      body: {
        ...(reason && { reason }),
        ...(topic && { topic }),
        ...(ids.length > 0 && { ids }),
        ...(why && { why }),
      },
    });
    const { replayed, sent_before: before = 0 } = accepted;
    session.screen.result(accepted, () => [
      replayed === 0
        ? unmoved('sent', before)
        : `${plural(replayed, 'message')} sent again${before > 0 ? `, ${before} had been before` : ''}. What is still refused shows in: ${LIST}`,
    ]);
  },
});

const drop = defineCommand({
  usage: 'drop [id...]',
  summary: 'Forget refused messages for good',
  description:
    'Deletes those that wait, bytes and all: the ids named, or those of a reason or topic. There is no way back; ratchet dlq show --raw writes a value to a file first.',
  options: [...filterOptions(), whyOption()],
  schema: z.object(decisionShape),
  examples: [
    'ratchet dlq drop --reason not-json --topic automation.outcomes',
    'ratchet dlq drop 3f2a81c0 --why "the engine of last year"',
  ],
  async run(session, { reason, topic, why }, args) {
    if (args.length === 0 && reason === undefined && topic === undefined)
      throw new Failure(
        'There is no way back, so it has to be said which: ids, --reason or --topic.',
        `See which there are: ${LIST}`,
        { exitCode: EXIT.usage },
      );
    const ids = await wholeIds(session, args);
    const accepted = await session.ingest.call('dropDeadLetters', {
      body: {
        ...(reason && { reason }),
        ...(topic && { topic }),
        ...(ids.length > 0 && { ids }),
        ...(why && { why }),
      },
    });
    const { dropped, sent_before: before = 0 } = accepted;
    session.screen.result(accepted, () => [
      dropped === 0
        ? unmoved('dropped', before)
        : `${plural(dropped, 'message')} dropped. Who did it, and why: ${ratchet('audit', null)}`,
    ]);
  },
});

export const deadLetters: CommandFactory = (parent, open) => {
  const group = parent
    .command('dlq')
    .helpCommand(false)
    .summary('Look at messages that were refused, and send them again')
    .description('Dead letters: messages that could not be read, or that a service could not handle.');
  for (const add of [list, search, show, replay, drop]) add(group, open);
};
