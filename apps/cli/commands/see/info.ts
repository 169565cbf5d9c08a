import { z } from 'zod';
import type { VersionDetail } from '#contracts/http/versions';
import { VersionOrAlias } from '#contracts/primitives';
import { defineCommand, modelOption, modelShape, versionOption } from '../../cli.js';
import { gateLines, toned } from '../../output/gate.js';
import { printable } from '../../output/printable.js';
import { count, orDash, ratio, share, short, when, zoneName } from '../../output/quantities.js';
import type { Colors } from '../../output/screen.js';
import { facts, table } from '../../output/table.js';

function perClass(detail: VersionDetail, colors: Colors, width: number): string[] {
  const metrics = detail.evaluation?.challenger_metrics;
  if (!metrics) return [];
  const rows = table(
    metrics.per_class,
    [
      { title: 'CLASS', cell: (c) => c.class },
      { title: 'PRECISION', cell: (c) => ratio(c.precision), align: 'right' },
      { title: 'RECALL', cell: (c) => ratio(c.recall), align: 'right' },
      { title: 'F1', cell: (c) => ratio(c.f1), align: 'right' },
      { title: 'ROWS', cell: (c) => count(c.support), align: 'right' },
    ],
    colors,
    width,
  );
  return ['', ...rows];
}

const IMPORTANT = 8;

/** The columns that gained most, with their share of the gain. */
function mostImportant({ importance }: VersionDetail): [string, string][] {
  const columns = Object.entries(importance ?? {}).sort(([, a], [, b]) => b - a);
  if (columns.length === 0) return [];
  const shown = columns.slice(0, IMPORTANT).map(([name, gain]) => `${name} ${share(gain, 1)}`);
  return [['important', shown.join(', ')]];
}

export function infoLines(detail: VersionDetail, colors: Colors, width: number): string[] {
  const { training_stats: training } = detail;
  const tags = Object.entries(detail.tags ?? {}).map(([key, value]) => `${key}=${printable(value)}`);
  return [
    `${colors.bold(`${detail.model} ${detail.version}`)} ${toned(detail.state, colors)}`,
    ...(detail.description ? ['', ...detail.description.split('\n').map(printable)] : []),
    '',
    ...facts(
      [
        ...(detail.aliases?.length ? [['aliases', detail.aliases.join(', ')] as const] : []),
        ...(tags.length > 0 ? [['tags', tags.join(', ')] as const] : []),
        ['digest', detail.digest],
        ['package', detail.artifact_uri],
        ['backend', `${detail.backend}, ${count(training.rounds)} rounds`],
        ['created', `${when(detail.created_at)} ${zoneName()} by ${detail.created_by}`],
        ['deployed', detail.deployed_at ? `${when(detail.deployed_at)} ${zoneName()}` : 'never'],
        ['run', orDash(detail.run_id && short(detail.run_id))],
        ['dataset size', count(detail.dataset_size)],
        [
          'rows',
          `${count(training.n_train)} training, ${count(training.n_validation)} validation, ${count(training.n_test)} test`,
        ],
        ['features', count(training.n_features)],
        ...mostImportant(detail),
        ['train accuracy', ratio(training.train_accuracy)],
        ['val accuracy', ratio(training.val_accuracy)],
      ],
      colors,
    ),
    '',
    ...(detail.evaluation ? gateLines(detail.evaluation, colors, width) : ['The evaluator has not judged it yet.']),
    ...perClass(detail, colors, width),
  ];
}

export const info = defineCommand({
  usage: 'info',
  summary: 'One version: metadata, training, and every number of its judgement',
  options: [modelOption(), versionOption()],
  schema: z.object({ ...modelShape, version: VersionOrAlias }),
  examples: ['ratchet info --version v1.1.0', "ratchet info --version v1.1.0 --json | jq '.evaluation.gate'"],
  async run({ screen, registry }, { model, version }) {
    const detail = await registry.call('getVersion', { params: { model, version } });
    screen.result(detail, (colors) => infoLines(detail, colors, screen.width));
  },
});
