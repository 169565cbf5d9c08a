import { z } from 'zod';
import { ratchet } from '#contracts/command-line';
import { comparedMetric, isBetter } from '#contracts/compared-metrics';
import type { VersionComparison } from '#contracts/http/versions';
import { VersionOrAlias } from '#contracts/primitives';
import { defineCommand, modelOption, modelShape } from '../../cli.js';
import { EXIT, Failure } from '../../failure.js';
import { gateLines, toned } from '../../output/gate.js';
import { count, ratio, signed, signedCount, when, zoned } from '../../output/quantities.js';
import type { Colors } from '../../output/screen.js';
import { table } from '../../output/table.js';

type Numbers = VersionComparison['metrics'][number];

interface Row {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  readonly difference: string;
}

/** Numbers in the form of their metric, the difference in the colour of what it means. */
function rowOf({ metric, from, to, difference }: Numbers, colors: Colors): Row {
  const { title, form, better } = comparedMetric(metric);
  const [plain, difference_] = form === 'count' ? [count, signedCount] : [ratio, signed];
  const good = isBetter(metric, difference);
  const said = difference_(difference);
  return {
    name: better === 'less' ? `${title} (less is better)` : title,
    from: plain(from),
    to: plain(to),
    difference: good === null ? said : good ? colors.green(said) : colors.red(said),
  };
}

function lines(comparison: VersionComparison, colors: Colors, width: number): string[] {
  const { from, to } = comparison;
  const rows = [
    { name: 'state', from: toned(from.state, colors), to: toned(to.state, colors), difference: '' },
    { name: zoned('created'), from: when(from.created_at), to: when(to.created_at), difference: '' },
    { name: 'backend', from: from.backend, to: to.backend, difference: '' },
    ...comparison.metrics.map((numbers) => rowOf(numbers, colors)),
  ];
  const sideBySide = (shown: readonly Row[]): string[] =>
    table(
      shown,
      [
        { title: '', cell: (row) => row.name },
        { title: from.version, cell: (row) => row.from, align: 'right' },
        { title: to.version, cell: (row) => row.to, align: 'right' },
        { title: 'DIFFERENCE', cell: (row) => row.difference, align: 'right' },
      ],
      colors,
      width,
    );
  const same = comparison.same_rows ?? null;
  return [
    ...sideBySide(rows),
    '',
    comparison.same_holdout
      ? 'Both were scored on the same holdout rows.'
      : colors.yellow(
          same === null
            ? 'They were scored on different holdout rows: read the differences with care.'
            : 'Each is shown as it was judged, on different holdout rows.',
        ),
    ...(same === null || comparison.same_holdout
      ? []
      : [
          '',
          colors.bold(`On the same ${count(same.rows)} rows, as the gate found`),
          ...sideBySide(same.metrics.map((numbers) => rowOf(numbers, colors))),
        ]),
    ...(to.evaluation
      ? ['', colors.bold(`The gate on ${to.version}`), '', ...gateLines(to.evaluation, colors, width)]
      : []),
  ];
}

const Pair = z.tuple([VersionOrAlias, VersionOrAlias]);

export const compare = defineCommand({
  usage: 'compare <from> <to>',
  summary: 'Two versions side by side, metric by metric',
  options: [modelOption()],
  schema: z.object(modelShape),
  examples: ['ratchet compare v1.0.0 v1.1.0', 'ratchet compare champion candidate --json'],
  async run({ screen, registry }, { model }, args) {
    const pair = Pair.safeParse(args);
    if (!pair.success)
      throw new Failure(
        `${args.join(' and ')}: expected two versions like v1.0.0, or aliases of them.`,
        `See what there is: ${ratchet('list', model)}`,
        { exitCode: EXIT.usage },
      );
    const [from, to] = pair.data;
    const comparison = await registry.call('compareVersions', { params: { model }, query: { from, to } });
    screen.result(comparison, (colors) => lines(comparison, colors, screen.width));
  },
});
