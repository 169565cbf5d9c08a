import { Option } from 'commander';
import { z } from 'zod';
import type { Run, RunLogLine } from '#contracts/http/registry';
import { defineCommand, fullOption, fullShape, limitOption, limitShape, modelOption, modelShape } from '../cli.js';
import { toned } from '../output/gate.js';
import { printable } from '../output/printable.js';
import { count, orDash, percent, short, when } from '../output/quantities.js';
import type { Colors } from '../output/screen.js';
import { table } from '../output/table.js';
import { isWholeId, pickId } from './pick-id.js';

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

function logLines(log: readonly RunLogLine[], colors: Colors): string[] {
  if (log.length === 0) return ['This run has no log; the newest 100 of a model keep theirs.'];
  const colour = { info: (text: string) => text, warn: colors.yellow, error: colors.red };
  return log.map(
    ({ at, stage, level, message }) =>
      `${colors.dim(when(at))}  ${stage.padEnd(8)}  ${colour[level](printable(level === 'info' ? message : `${level}: ${message}`))}`,
  );
}

/** As many of the newest runs are known by the beginning of their id. */
const KNOWN = 1000;

export const runs = defineCommand({
  usage: 'runs',
  summary: 'Training runs, newest first; with --log, what one of them said',
  options: [
    modelOption(),
    limitOption('runs'),
    fullOption(),
    new Option('--log <run>', 'the log of this run, by its id or the beginning of it'),
  ],
  schema: z.object({ ...modelShape, ...limitShape, ...fullShape, log: z.string().min(1).optional() }),
  examples: ['ratchet runs', 'ratchet runs --log 1a2b3c4d', "ratchet runs --json | jq '.[0]'"],
  async run({ screen, registry }, { model, limit, full, log }) {
    if (log !== undefined) {
      const known = isWholeId(log) ? [] : (await registry.runs(model, KNOWN)).map(({ run_id }) => run_id);
      const said = await registry.runLog(pickId(log, known, 'run', 'ratchet runs'));
      screen.result(said, (colors) => logLines(said, colors));
      return;
    }
    const found = await registry.runs(model, limit);
    screen.result(found, (colors) => lines(found, full, colors, screen.width));
  },
});
