import { z } from 'zod';
import type { Run } from '#contracts/http/registry';
import { defineCommand, fullOption, fullShape, limitOption, limitShape, modelOption, modelShape } from '../cli.js';
import { toned } from '../output/gate.js';
import { printable } from '../output/printable.js';
import { count, orDash, percent, short, when } from '../output/quantities.js';
import type { Colors } from '../output/screen.js';
import { table } from '../output/table.js';

function lines(runs: readonly Run[], full: boolean, colors: Colors, width: number): string[] {
  if (runs.length === 0) return ['No training run yet. Start one: ratchet retrain --wait'];
  return table(
    runs,
    [
      { title: 'QUEUED (UTC)', cell: (r) => when(r.queued_at) },
      { title: 'RUN', cell: (r) => short(r.run_id) },
      { title: 'STATE', cell: (r) => toned(r.state, colors) },
      { title: 'STAGE', cell: (r) => (r.state === 'running' ? `${r.stage} ${percent(r.progress)}` : r.stage) },
      { title: 'BACKEND', cell: (r) => r.backend, dispensable: true },
      { title: 'ROWS', cell: (r) => count(r.rows), align: 'right', dispensable: true },
      { title: 'VERSION', cell: (r) => orDash(r.version) },
      { title: 'VERDICT', cell: (r) => toned(orDash(r.verdict), colors) },
      { title: 'ASKED BY', cell: (r) => printable(`${r.actor} (${r.trigger})`), dispensable: true },
      {
        title: 'MESSAGE',
        cell: (r) => (r.failure ? [r.failure, r.remedy].filter(Boolean).join(' ') : r.message),
        text: full ? 'wrap' : 'cut',
      },
    ],
    colors,
    width,
  );
}

export const runs = defineCommand({
  usage: 'runs',
  summary: 'Training runs, newest first',
  options: [modelOption(), limitOption('runs'), fullOption()],
  schema: z.object({ ...modelShape, ...limitShape, ...fullShape }),
  examples: ['ratchet runs', "ratchet runs --json | jq '.[0]'"],
  async run({ screen, registry }, { model, limit, full }) {
    const found = await registry.runs(model, limit);
    screen.result(found, (colors) => lines(found, full, colors, screen.width));
  },
});
