import { z } from 'zod';
import type { Run } from '#contracts/http/registry';
import { defineCommand, limitOption, limitShape, modelOption, modelShape } from '../cli.js';
import { toned } from '../output/gate.js';
import { count, orDash, percent, short, when } from '../output/quantities.js';
import type { Colors } from '../output/screen.js';
import { table } from '../output/table.js';

function lines(runs: readonly Run[], colors: Colors, width: number): string[] {
  if (runs.length === 0) return ['No training run yet. Start one: ratchet retrain --wait'];
  return table(
    runs,
    [
      { title: 'QUEUED (UTC)', cell: (r) => when(r.queued_at) },
      { title: 'RUN', cell: (r) => short(r.run_id) },
      { title: 'STATE', cell: (r) => toned(r.state, colors) },
      { title: 'STAGE', cell: (r) => (r.state === 'running' ? `${r.stage} ${percent(r.progress)}` : r.stage) },
      { title: 'BACKEND', cell: (r) => r.backend },
      { title: 'ROWS', cell: (r) => count(r.rows), align: 'right' },
      { title: 'VERSION', cell: (r) => orDash(r.version) },
      { title: 'VERDICT', cell: (r) => toned(orDash(r.verdict), colors) },
      { title: 'ASKED BY', cell: (r) => `${r.actor} (${r.trigger})` },
      {
        title: 'MESSAGE',
        cell: (r) => (r.failure ? [r.failure, r.remedy].filter(Boolean).join(' ') : r.message),
        flexible: true,
      },
    ],
    colors,
    width,
  );
}

export const runs = defineCommand({
  usage: 'runs',
  summary: 'Training runs, newest first',
  options: [modelOption(), limitOption('runs')],
  schema: z.object({ ...modelShape, ...limitShape }),
  examples: ['ratchet runs', "ratchet runs --json | jq '.[0]'"],
  async run({ screen, registry }, { model, limit }) {
    const found = await registry.runs(model, limit);
    screen.result(found, (colors) => lines(found, colors, screen.width));
  },
});
