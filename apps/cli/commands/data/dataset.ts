import { Option } from 'commander';
import { z } from 'zod';
import { DATASET_OPERATIONS, type DatasetSummary } from '#contracts/http/dataset';
import { kindNamed } from '#features/kinds';
import { type CommandFactory, defineCommand, modelOption, modelShape } from '../../cli.js';
import { printable } from '../../output/printable.js';
import { count, number, orDash, plural, share, size } from '../../output/quantities.js';
import type { Colors } from '../../output/screen.js';
import { type Column, facts, table } from '../../output/table.js';
import { deliver } from '../export-file.js';
import { incidents } from './incidents.js';

type Feature = DatasetSummary['features'][number];

function values({ kind, numbers, most_frequent: frequent, categories }: Feature): string {
  if (numbers) return `${number(numbers.minimum)} to ${number(numbers.maximum)}, mean ${number(numbers.mean)}`;
  if (kindNamed(kind).summary === 'derived') return '(from the URL)';
  const more = (categories ?? frequent.length) - frequent.length;
  const shown = frequent.map(({ value, rows }) => `${value} ${count(rows)}`).join(', ');
  return more > 0 ? `${shown}, … ${count(more)} more` : shown;
}

function summaryLines(summary: DatasetSummary, colors: Colors, width: number): string[] {
  const { rows } = summary;
  const ofActions = summary.answers.some(({ successes }) => successes !== null);
  return [
    colors.bold(summary.model),
    ...facts(
      [
        ['rows', count(rows)],
        ['waiting', `${count(summary.waiting)}  tasks whose outcome is not known yet`],
        ['without time', `${count(summary.without_time)}  rows whose time is when they were received`],
        ...(summary.without_features
          ? [
              [
                'without features',
                colors.yellow(
                  `${count(summary.without_features)}  rows that teach nothing but how frequent an answer is`,
                ),
              ] satisfies [string, string],
            ]
          : []),
      ],
      colors,
    ),
    '',
    ...table(
      summary.answers,
      [
        { title: 'ANSWER', cell: (a) => printable(a.answer) },
        { title: 'ROWS', cell: (a) => count(a.rows), align: 'right' },
        { title: 'SHARE', cell: (a) => share(a.rows, rows), align: 'right' },
        ...(ofActions
          ? ([
              { title: 'SUCCESSES', cell: (a) => count(a.successes), align: 'right' },
              {
                title: 'SUCCESS RATE',
                cell: (a) => (a.successes === null ? orDash(null) : share(a.successes, a.rows)),
                align: 'right',
              },
            ] satisfies Column<DatasetSummary['answers'][number]>[])
          : []),
      ],
      colors,
      width,
    ),
    '',
    ...table(
      summary.features,
      [
        { title: 'FEATURE', cell: (f) => f.feature },
        { title: 'KIND', cell: (f) => f.kind, dispensable: true },
        { title: 'PRESENT', cell: (f) => share(f.present, rows), align: 'right' },
        { title: 'VALUES', cell: values, text: 'wrap' },
      ],
      colors,
      width,
    ),
    ...wrongTypeLines(summary).map((line) => colors.yellow(line)),
    ...unknownLines(summary).map((line) => colors.yellow(line)),
  ];
}

/** Features whose values are not what they should be, a line each. */
const wrongTypeLines = ({ features }: DatasetSummary): string[] => {
  const lines = features.flatMap(({ feature, kind, wrong_type: wrong }) =>
    wrong
      ? [
          `wrong type of "${printable(feature)}" (${kind}) in ${plural(wrong.rows, 'row')}, like ${printable(wrong.example)}: counted as missing`,
        ]
      : [],
  );
  return lines.length > 0 ? ['', ...lines] : [];
};

/** Names in rows that are no feature, a line each. */
const unknownLines = ({ unknown_features: unknown = [] }: DatasetSummary): string[] => [
  ...(unknown.length > 0 ? [''] : []),
  ...unknown.map(
    ({ feature, rows, closest }) =>
      `unknown feature "${printable(feature)}" in ${plural(rows, 'row')}, not learnt from${closest === null ? '' : `; did you mean "${closest}"?`}`,
  ),
];

const summary = defineCommand({
  usage: 'summary',
  summary: 'How much there is to train on: rows, answers, and every feature',
  options: [modelOption()],
  schema: z.object(modelShape),
  examples: ['ratchet dataset summary', "ratchet dataset summary --json | jq '.features[] | select(.present == 0)'"],
  async run({ screen, ingest }, { model }) {
    const found = await ingest.call('summariseDataset', { query: { model } });
    screen.result(found, (colors) => summaryLines(found, colors, screen.width));
  },
});

const exportCommand = defineCommand({
  usage: 'export',
  summary: 'Write the dataset into a file, one row per task',
  description:
    'Writes what the next training would read: the features as known at the time of the decision, the action, and its outcome. The file appears under its name when it is whole, and replaces one that was there. In a CSV, a quote stands before text that a spreadsheet would execute as a formula (it begins with =, +, -, @, a tab or a return): take --raw, or Parquet, for programs.',
  options: [
    modelOption(),
    new Option('--format <format>', 'of the file')
      .choices(DATASET_OPERATIONS.exportDataset.query.shape.format.unwrap().options)
      .default('csv'),
    new Option('--raw', 'leave CSV cells as they are that a spreadsheet would take for a formula'),
    new Option(
      '--without-holdout',
      'leave out the rows that versions are judged on, for models that are trained elsewhere',
    ),
    new Option('--output <file>', 'where to (default: MODEL.csv or MODEL.parquet here; - is stdout)'),
  ],
  schema: z.object({
    ...modelShape,
    format: DATASET_OPERATIONS.exportDataset.query.shape.format,
    raw: z.boolean().default(false),
    withoutHoldout: z.boolean().default(false),
    output: z.string().min(1).optional(),
  }),
  examples: [
    'ratchet dataset export --format parquet',
    'ratchet dataset export --format csv --output exports/monday.csv',
    'ratchet dataset export --format parquet --without-holdout',
    'ratchet dataset export --output - | head -3',
  ],
  async run(session, { model, format, raw, withoutHoldout, output }) {
    const written = await deliver(session, { output, name: `${model}.${format}` }, () =>
      session.ingest.stream('exportDataset', {
        query: {
          model,
          format,
          ...(raw && { raw: 'true' as const }),
          ...(withoutHoldout && { without_holdout: 'true' as const }),
        },
      }),
    );
    if (written !== null)
      session.screen.result({ model, format, ...written }, () => [`Wrote ${written.file} (${size(written.bytes)}).`]);
  },
});

export const dataset: CommandFactory = (parent, open) => {
  const group = parent
    .command('dataset')
    .helpCommand(false)
    .summary('Summarise the dataset, write it into a file, or see what never got into it')
    .description('What a model is trained on.');
  for (const add of [summary, exportCommand, incidents]) add(group, open);
};
