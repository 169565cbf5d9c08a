import { Option } from 'commander';
import { z } from 'zod';
import type { ModelStatus } from '#contracts/http/registry';
import { defineCommand, modelOption, modelShape, timeoutOption, timeoutShape } from '../cli.js';
import { poll } from '../client/poll.js';
import { toned } from '../output/gate.js';
import { count, orDash, ratio, short, when } from '../output/quantities.js';
import type { Colors } from '../output/screen.js';
import { facts, table } from '../output/table.js';

function headline(status: ModelStatus, colors: Colors): string {
  const name = colors.bold(status.model);
  if (!status.live) return `${name}: no version is live yet`;
  const canary = status.canary ? `, canary ${status.canary.version} at ${status.canary.percent} %` : '';
  return `${name}: ${colors.green(status.live.version)} is live since ${when(status.live_since)} UTC, generation ${status.generation}${canary}`;
}

function lastRun(status: ModelStatus, colors: Colors): string {
  const run = status.last_run;
  if (!run) return 'none';
  const outcome = run.version
    ? `${run.version} ${toned(run.verdict ?? 'waiting for its verdict', colors)}`
    : run.message;
  return `${short(run.run_id)} ${toned(run.state, colors)}, ${outcome} (${when(run.queued_at)} UTC)`;
}

function deployment(status: ModelStatus, colors: Colors): string {
  const current = status.deployment;
  if (!current) return 'none';
  return `${current.kind} ${orDash(current.from_version)} → ${current.to_version}: ${toned(current.state, colors)}`;
}

/** Of the live version, beside what its holdout led to expect. */
function accuracy({ accuracy: now }: ModelStatus): string {
  if (!now) return orDash(null);
  const reference = now.reference === null ? '' : `, reference ${ratio(now.reference)}`;
  return `${ratio(now.correct / now.outcomes)} over ${count(now.outcomes)} outcomes${reference}`;
}

export function statusLines(status: ModelStatus, colors: Colors, width: number): string[] {
  const instances = table(
    status.instances,
    [
      { title: 'INSTANCE', cell: (i) => i.instance },
      { title: 'STATE', cell: (i) => toned(i.ready ? 'ready' : 'unreachable', colors) },
      { title: 'SERVES', cell: (i) => orDash(i.version) },
      {
        title: 'GENERATION',
        cell: (i) =>
          i.generation === i.seen_generation ? `${i.generation}` : `${i.generation}, behind ${i.seen_generation}`,
        align: 'right',
      },
      { title: 'WARM', cell: (i) => orDash(i.warm.join(' ')), text: 'wrap' },
      { title: 'URL', cell: (i) => i.url, dispensable: true },
      { title: 'LAST SEEN (UTC)', cell: (i) => when(i.last_seen), dispensable: true },
    ],
    colors,
    width,
  );
  const alerts = status.alerts
    .filter((alert) => alert.resolved_at === null)
    .map((alert) => colors.red(`alert ${alert.alert} since ${when(alert.since)} UTC: ${alert.detail}`));
  return [
    headline(status, colors),
    '',
    ...facts(
      [
        ['versions', count(status.versions)],
        ['accuracy now', accuracy(status)],
        ['dataset', `${count(status.dataset_rows)} rows`],
        ['deployment', deployment(status, colors)],
        ['last run', lastRun(status, colors)],
      ],
      colors,
    ),
    '',
    ...(status.instances.length > 0 ? instances : ['No serving instance has reported yet.']),
    ...(alerts.length > 0 ? ['', ...alerts] : []),
  ];
}

export const status = defineCommand({
  usage: 'status',
  summary: 'What is live, who serves it, and what is under way',
  description: 'With --wait, waits until the model has a live version that an instance serves.',
  options: [
    modelOption(),
    new Option('--wait', 'wait until a version is live and served').default(false),
    timeoutOption(600),
  ],
  schema: z.object({ ...modelShape, ...timeoutShape, wait: z.boolean() }),
  examples: ['ratchet status', 'ratchet status --wait', 'ratchet status --model backlink-outcome --json'],
  async run({ screen, registry }, { model, wait, timeout }) {
    const look = () => registry.status(model);
    const state = wait
      ? await poll(look, isServed, {
          intervalMs: 1000,
          timeoutMs: timeout * 1000,
          what: `The first deployment of ${model}`,
          next: 'See what holds it up: ratchet runs, and ratchet doctor.',
        })
      : await look();
    screen.result(state, (colors) => statusLines(state, colors, screen.width));
  },
});

function isServed({ live, instances }: ModelStatus): boolean {
  return live !== null && instances.some(({ version }) => version === live.version);
}
