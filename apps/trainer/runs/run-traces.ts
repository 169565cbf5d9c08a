import type { Logger } from '#platform/logging';
import { preciseNow, tracing } from '#platform/tracing/tracing';
import type { ClaimedRun } from '../storage/claimed-run.js';
import type { TrainingRows } from '../storage/training-rows.js';

/** Decisions a run learnt from are many; its span points to the newest whose traces are recorded, up to this many. */
const LINKS = 64;
/** Looked at for that. */
const CANDIDATES = 2000;

/** The span of a training run, and the way back from it to decisions it learnt from. Nothing while tracing is off. */
export class RunTraces {
  constructor(
    private readonly rows: TrainingRows,
    private readonly logger: Logger,
  ) {}

  async ended(run: ClaimedRun, attributes: Record<string, string | number>, failure: string | null): Promise<void> {
    const traces = tracing();
    if (traces === null || !traces.isRecorded(run.runId)) return;
    const to = preciseNow();
    const links = await this.rows.newestDecisions(run.model, run.startedAt, CANDIDATES).catch((error: unknown) => {
      this.logger.debug({ err: error }, 'a run is traced without its decisions');
      return [];
    });
    traces.record({
      name: 'training run',
      kind: 'consumer',
      of: run.runId,
      isItself: true,
      links: links.filter((id) => traces.isRecorded(id)).slice(0, LINKS),
      from: run.startedAt.getTime(),
      to,
      attributes: { 'ratchet.model': run.model, 'ratchet.backend': run.backend, ...attributes },
      failure,
    });
  }
}
