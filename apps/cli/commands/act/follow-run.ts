import { ratchet } from '#contracts/command-line';
import type { Run } from '#contracts/http/runs';
import type { Session } from '../../cli.js';
import { poll } from '../../client/poll.js';
import { Progress } from '../../output/progress.js';

/** A run has ended when it failed or was cancelled, when its package was there already, or when it has been judged. */
export const ended = (run: Run): boolean =>
  run.state === 'failed' ||
  run.state === 'cancelled' ||
  run.state === 'unchanged' ||
  (run.state === 'done' && run.verdict !== null && run.version !== null);

/** Where a run is, in a few words. */
export function describe(run: Run): string {
  if (run.state === 'queued') return run.engine === 'external' ? `queued: ${run.message}` : 'queued';
  if (run.state === 'done' && run.verdict === null) return 'evaluate: waiting for the verdict';
  return run.message.startsWith(run.stage) ? run.message : `${run.stage}: ${run.message}`;
}

/** Follows the run of a request to its verdict, showing stages and rounds. */
export async function followRun(
  session: Session,
  model: string,
  requestId: string,
  timeoutSeconds: number,
): Promise<Run> {
  const { registry, screen } = session;
  const progress = new Progress(screen);
  let run: Run | null = null;
  const look = async (): Promise<Run | null> => {
    run = run
      ? await registry.call('getRun', { params: { run_id: run.run_id } })
      : ((await registry.call('listRuns', { query: { model, limit: 50 } })).find(
          (candidate) => candidate.request_id === requestId,
        ) ?? null);
    return run;
  };
  const show = (seen: Run | null): void => {
    if (!seen) progress.update(0, 'waiting for the trainer');
    else progress.update(seen.progress, describe(seen));
  };
  try {
    const last = await poll(
      look,
      (seen) => seen !== null && ended(seen),
      {
        intervalMs: 300,
        timeoutMs: timeoutSeconds * 1000,
        what: 'The training run',
        next: `Follow it: ${ratchet('runs', model)}`,
      },
      show,
    );
    if (!last) throw new Error('a run that has not been found cannot have ended');
    return last;
  } finally {
    progress.stop();
  }
}
