import { z } from 'zod';
import type { VersionComparison } from '#contracts/http/registry';
import { Version } from '#contracts/primitives';
import { defineCommand, modelOption, modelShape } from '../cli.js';
import { EXIT, Failure } from '../failure.js';
import { gateLines, toned } from '../output/gate.js';
import { count, ratio, signed, signedCount, when } from '../output/quantities.js';
import type { Colors } from '../output/screen.js';
import { table } from '../output/table.js';

/** The gate scored a challenger and its champion on the same rows, whatever each was judged on before. */
function differentRows({ from, to }: VersionComparison): string {
  const [judged, other] = to.evaluation?.champion?.version === from.version ? [to, from] : [from, to];
  const evaluation = judged.evaluation?.champion?.version === other.version ? judged.evaluation : null;
  const { challenger_metrics: challenger, champion_metrics: champion } = evaluation ?? {};
  if (!evaluation || !challenger || !champion)
    return 'They were scored on different holdout rows: read the differences with care.';
  return `Each is shown as it was judged, on different holdout rows. On the same ${count(evaluation.holdout.rows)} rows the gate gave ${judged.version} accuracy ${ratio(challenger.accuracy)} and macro F1 ${ratio(challenger.f1_macro)}, ${other.version} ${ratio(champion.accuracy)} and ${ratio(champion.f1_macro)}.`;
}

function lines(comparison: VersionComparison, colors: Colors, width: number): string[] {
  const { from, to } = comparison;
  const rows = [
    { name: 'state', from: toned(from.state, colors), to: toned(to.state, colors), difference: '' },
    { name: 'created (UTC)', from: when(from.created_at), to: when(to.created_at), difference: '' },
    { name: 'backend', from: from.backend, to: to.backend, difference: '' },
    ...comparison.metrics.map((m) => {
      const counted = [m.from, m.to].every((value) => value === null || Number.isInteger(value));
      const [plain, difference] = counted ? [count, signedCount] : [ratio, signed];
      return { name: m.metric, from: plain(m.from), to: plain(m.to), difference: difference(m.difference) };
    }),
  ];
  return [
    ...table(
      rows,
      [
        { title: '', cell: (row) => row.name },
        { title: from.version, cell: (row) => row.from, align: 'right' },
        { title: to.version, cell: (row) => row.to, align: 'right' },
        { title: 'DIFFERENCE', cell: (row) => row.difference, align: 'right' },
      ],
      colors,
      width,
    ),
    '',
    comparison.same_holdout ? 'Both were scored on the same holdout rows.' : colors.yellow(differentRows(comparison)),
    ...(to.evaluation
      ? ['', colors.bold(`The gate on ${to.version}`), '', ...gateLines(to.evaluation, colors, width)]
      : []),
  ];
}

const Pair = z.tuple([Version, Version]);

export const compare = defineCommand({
  usage: 'compare <from> <to>',
  summary: 'Two versions side by side, metric by metric',
  options: [modelOption()],
  schema: z.object(modelShape),
  examples: ['ratchet compare v1.0.0 v1.1.0', 'ratchet compare v1.0.0 v1.1.0 --json'],
  async run({ screen, registry }, { model }, args) {
    const pair = Pair.safeParse(args);
    if (!pair.success)
      throw new Failure(
        `${args.join(' and ')}: expected two versions like v1.0.0.`,
        'See what there is: ratchet list',
        { exitCode: EXIT.usage },
      );
    const comparison = await registry.compare(model, ...pair.data);
    screen.result(comparison, (colors) => lines(comparison, colors, screen.width));
  },
});
