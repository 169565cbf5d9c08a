import { Option } from 'commander';
import { z } from 'zod';
import { ratchet } from '#contracts/command-line';
import type { Run, RunLogLine } from '#contracts/http/runs';
import { Reason } from '#contracts/primitives';
import {
  defineCommand,
  fullOption,
  fullShape,
  limitOption,
  limitShape,
  modelOption,
  modelShape,
  reasonOption,
  type Session,
  timeoutOption,
  timeoutShape,
} from '../../cli.js';
import { poll } from '../../client/poll.js';
import { EXIT } from '../../failure.js';
import { toned } from '../../output/gate.js';
import { printable } from '../../output/printable.js';
import { count, orDash, percent, short, when, zoned } from '../../output/quantities.js';
import type { Colors } from '../../output/screen.js';
import { table } from '../../output/table.js';
import { isWholeId, pickId } from '../pick-id.js';

function lines(model: string, runs: readonly Run[], full: boolean, colors: Colors, width: number): string[] {
  if (runs.length === 0) return [`No training run yet. Start one: ${ratchet('retrain', model, '--wait')}`];
  return table(
    runs,
    [
      { title: zoned('QUEUED'), cell: (r) => when(r.queued_at) },
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

async function wholeId({ registry }: Session, model: string, given: string): Promise<string> {
  const known = isWholeId(given)
    ? []
    : (await registry.call('listRuns', { query: { model, limit: KNOWN } })).map(({ run_id }) => run_id);
  return pickId(given, known, 'run', ratchet('runs', model));
}

const cancel = defineCommand({
  usage: 'cancel <run>',
  summary: 'End a queued or running run without a package; the next one begins at once',
  options: [modelOption(), reasonOption().makeOptionMandatory(), timeoutOption(30)],
  schema: z.object({ ...modelShape, ...timeoutShape, reason: Reason }),
  examples: ['ratchet runs cancel 1a2b3c4d --reason "asked for by mistake"'],
  async run(session, { model, reason, timeout }, [given = '']) {
    const { registry, screen } = session;
    const run_id = await wholeId(session, model, given);
    await registry.call('cancelRun', { params: { run_id }, body: { reason } });
    const run = await poll(
      () => registry.call('getRun', { params: { run_id } }),
      ({ state }) => state !== 'queued' && state !== 'running',
      {
        intervalMs: 200,
        timeoutMs: timeout * 1000,
        what: 'The end of the run',
        next: `The trainer has not taken the cancellation yet, and will when it is back. See: ${ratchet('doctor', model)}`,
      },
    );
    // It may have come to its end in this very moment.
    if (run.state !== 'cancelled') session.endWith(EXIT.failed);
    screen.result(run, () => [
      printable(
        run.state === 'cancelled'
          ? `Run ${short(run_id)} was ${run.message}`
          : `Run ${short(run_id)} had ended before: it is ${run.state}.`,
      ),
    ]);
  },
});

export const runs = defineCommand({
  usage: 'runs',
  summary: 'Training runs, newest first; with --log, what one of them said; "runs cancel" ends one',
  options: [
    modelOption(),
    limitOption('runs'),
    fullOption(),
    new Option('--log <run>', 'the log of this run, by its id or the beginning of it'),
  ],
  schema: z.object({ ...modelShape, ...limitShape, ...fullShape, log: z.string().min(1).optional() }),
  examples: ['ratchet runs', 'ratchet runs --log 1a2b3c4d', "ratchet runs --json | jq '.[0]'"],
  below: [cancel],
  async run(session, { model, limit, full, log }) {
    const { screen, registry } = session;
    if (log !== undefined) {
      const said = await registry.call('readRunLog', { params: { run_id: await wholeId(session, model, log) } });
      screen.result(said, (colors) => logLines(said, colors));
      return;
    }
    const found = await registry.call('listRuns', { query: { model, limit: limit } });
    screen.result(found, (colors) => lines(model, found, full, colors, screen.width));
  },
});
