import { z } from 'zod';
import { ratchet } from '#contracts/command-line';
import type { VersionSummary } from '#contracts/http/versions';
import { defineCommand, modelOption, modelShape } from '../../cli.js';
import { toned } from '../../output/gate.js';
import { printable } from '../../output/printable.js';
import { count, orDash, ratio, when, zoned } from '../../output/quantities.js';
import type { Colors } from '../../output/screen.js';
import { table } from '../../output/table.js';

function lines(versions: readonly VersionSummary[], model: string, colors: Colors, width: number): string[] {
  if (versions.length === 0) return [`${model} has no version yet. Train one: ${ratchet('retrain', model, '--wait')}`];
  return table(
    versions,
    [
      { title: 'VERSION', cell: (v) => v.version },
      ...(versions.some(({ aliases }) => (aliases ?? []).length > 0)
        ? [{ title: 'ALIASES', cell: (v: VersionSummary) => (v.aliases ?? []).join(', ') }]
        : []),
      { title: 'STATE', cell: (v) => toned(v.state, colors) },
      { title: 'VERDICT', cell: (v) => toned(orDash(v.verdict), colors) },
      { title: 'ACCURACY', cell: (v) => ratio(v.evaluation_metrics.accuracy), align: 'right' },
      { title: 'MACRO F1', cell: (v) => ratio(v.evaluation_metrics.f1_macro), align: 'right' },
      { title: 'ROWS', cell: (v) => count(v.dataset_size), align: 'right', dispensable: true },
      { title: 'BACKEND', cell: (v) => v.backend, dispensable: true },
      { title: zoned('CREATED'), cell: (v) => when(v.created_at), dispensable: true },
      { title: zoned('DEPLOYED'), cell: (v) => when(v.deployed_at) },
      { title: 'BY', cell: (v) => printable(v.created_by), dispensable: true },
    ],
    colors,
    width,
  );
}

export const list = defineCommand({
  usage: 'list',
  summary: 'Every version of a model, newest first',
  options: [modelOption()],
  schema: z.object(modelShape),
  examples: ['ratchet list', "ratchet list --json | jq -r '.[].version'"],
  async run({ screen, registry }, { model }) {
    const versions = await registry.call('listVersions', { params: { model } });
    screen.result(versions, (colors) => lines(versions, model, colors, screen.width));
  },
});
