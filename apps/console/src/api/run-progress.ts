import type { TrainingProgress } from '#contracts/events/training';
import type { Run, RunLogLine } from '#contracts/http/runs';

/** The runs with this progress in them, or null when the run is not among them and the list has to be asked for. */
export function applyProgress(runs: readonly Run[], progress: TrainingProgress): Run[] | null {
  const run = runs.find(({ run_id }) => run_id === progress.run_id);
  if (run === undefined || (run.state !== 'queued' && run.state !== 'running')) return null;
  if (progress.stage === 'done') return null;
  const now: Run = {
    ...run,
    state: progress.stage === 'queued' ? 'queued' : 'running',
    stage: progress.stage,
    progress: Math.max(run.progress, progress.progress),
    message: progress.message,
    started_at: run.started_at ?? (progress.stage === 'queued' ? null : progress.at),
  };
  return runs.map((other) => (other === run ? now : other));
}

/** What the log holds at most, as the registry keeps it. */
const MOST_LINES = 1_000;

/** The log with what was just said as its next line; the same log when it has that line already. */
export function applyToLog(
  log: readonly RunLogLine[],
  { at, stage, progress, message }: TrainingProgress,
): RunLogLine[] {
  if (log.slice(-5).some((line) => line.at === at && line.message === message)) return [...log];
  const line: RunLogLine = { line: (log.at(-1)?.line ?? 0) + 1, at, level: 'info', stage, progress, message };
  return [...log, line].slice(-MOST_LINES);
}
