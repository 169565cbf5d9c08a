import type { DataSource } from 'typeorm';
import type { ClaimedRun } from '#database/training/run-queue';
import type { Logger } from '#platform/logging';
import { preciseNow, tracing } from '#platform/tracing/tracing';

/** Decisions a run learnt from are many; its span points to the newest whose traces are recorded, up to this many. */
const LINKS = 64;
/** Looked at for that. */
const CANDIDATES = 2000;
const NEWEST_DECISIONS = `
select prediction_id from feedback.training_rows
where model = $1 and prediction_id is not null and received_at < $2
order by received_at desc limit ${CANDIDATES}`;

/** The span of a training run, and the way back from it to decisions it learnt from. Nothing while tracing is off. */
export class RunTraces {
  constructor(
    private readonly dataSource: DataSource,
    private readonly logger: Logger,
  ) {}

  async ended(run: ClaimedRun, attributes: Record<string, string | number>, failure: string | null): Promise<void> {
    const traces = tracing();
    if (traces === null || !traces.isRecorded(run.runId)) return;
    const to = preciseNow();
    const links = await this.decisionsBehind(run).catch((error: unknown) => {
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

  private async decisionsBehind(run: ClaimedRun): Promise<string[]> {
    const rows: { prediction_id: string }[] = await this.dataSource.query(NEWEST_DECISIONS, [run.model, run.startedAt]);
    return rows.map(({ prediction_id }) => prediction_id);
  }
}
