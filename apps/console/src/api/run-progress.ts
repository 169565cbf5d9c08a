import type { TrainingProgress } from '#contracts/events/training';
import type { Run } from '#contracts/http/registry';

/** The runs with this progress in them, or null when the run is not among them and the list has to be asked for. */
export function applyProgress(runs: readonly Run[], progress: TrainingProgress): Run[] | null {
  const run = runs.find(({ run_id }) => run_id === progress.run_id);
  if (run === undefined || run.state === 'done' || run.state === 'failed') return null;
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
