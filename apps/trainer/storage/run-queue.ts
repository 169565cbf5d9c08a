import type { DataSource, EntityManager } from 'typeorm';
import { z } from 'zod';
import type { Grower, TrainingEngine } from '#contracts/backends';
import type {
  CancelRequested,
  ModelTrained,
  TrainingFailed,
  TrainingProgress,
  TrainingRequested,
} from '#contracts/events/training';
import { ModelImport, type TrainingStage } from '#contracts/events/training';
import { GROWER_OF } from '#contracts/model-package';
import { sqlIn } from '#database/sql';
import type { Outbox } from '#outbox/outbox';
import { type ClaimedRun, changed, claimed, isTaken, type SnapshotRecord, Updated } from './claimed-run.js';
import { appendToLog, type NewLogLine, pruneLogs } from './run-log.js';
import { WORKER_LOCK_SPACE } from './worker-lock.js';

const sql = sqlIn(import.meta.dirname);
const ENQUEUE = sql('enqueue');
const ENQUEUE_FAILED = sql('enqueue-failed');
const CLAIM = sql('claim-run');
const ORPHANS = sql('orphans');
const EXPIRED = sql('expired-leases');
const OFFER = sql('offer-run');
const PROGRESS = sql('progress');
const FINISH = sql('finish-run');
const FAIL = sql('fail-run');
const REQUEUE = sql('requeue-run');
const CANCEL = sql('cancel-run');
const OWNED = `select from training.runs where run_id = $1 and state = 'running' and owner = $2`;
const REMEMBER_SNAPSHOT = sql('remember-snapshot');
const SNAPSHOT_OF = sql('snapshot-of');
const LAST_ENDED = sql('last-ended');
const LAST_TRAINED = sql('last-trained');
/** What uploaded files runs are still to be made of. */
const IMPORTS_TO_COME = `select import from training.runs where state in ('queued', 'running') and import is not null`;
const UNFINISHED = `select run_id from training.runs where state in ('queued', 'running')`;
const QUEUE_LENGTH = `select count(*)::integer as queued from training.runs where state = 'queued'`;

/**
 * The queue of training runs. One run a model at a time, over all workers. A run's end and the event that tells of it
 * are one transaction, and only the owner can end it: a worker that lost its run (because it seemed dead) changes nothing.
 */
export class RunQueue {
  constructor(
    private readonly dataSource: DataSource,
    private readonly outbox: Outbox,
  ) {}

  /** Takes a request; false if its id was there already. */
  async enqueue(
    request: TrainingRequested,
    runId: string,
    { backend, engine }: { backend: Grower; engine: TrainingEngine },
  ): Promise<boolean> {
    const values = [...requestValues(request, runId, backend), engine];
    const rows: unknown[] = await this.dataSource.query(ENQUEUE, values);
    return rows.length > 0;
  }

  /** Records a request that cannot be run, and tells of it. */
  async refuse(request: TrainingRequested, runId: string, failure: { reason: string; remedy: string }): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      const grower = request.import ? GROWER_OF[request.import.format] : request.model_type;
      const values = requestValues(request, runId, grower ?? 'xgboost');
      const rows: unknown[] = await manager.query(ENQUEUE_FAILED, [...values, failure.reason, failure.remedy]);
      if (rows.length === 0) return;
      const failed_at = new Date().toISOString();
      await appendToLog(manager, runId, { at: failed_at, stage: 'queued', progress: null }, [asLine(failure)]);
      await this.outbox.add(manager, 'training.failed', {
        run_id: runId,
        request_id: request.request_id,
        model: request.model,
        stage: 'queued',
        ...failure,
        failed_at,
      });
    });
  }

  /** The next run for this worker; null if there is none. */
  async claim(owner: number): Promise<ClaimedRun | null> {
    try {
      return await this.dataSource.transaction(async (manager) => {
        const [rows] = Updated.parse(await manager.query(CLAIM, [owner]));
        if (rows[0] === undefined) return null;
        const run = claimed(rows[0]);
        const moment = { at: run.startedAt.toISOString(), stage: run.stage, progress: 0 };
        await appendToLog(manager, run.runId, moment, [{ level: 'info', message: `attempt ${run.attempts} began` }]);
        return run;
      });
    } catch (error) {
      if (isTaken(error)) return null;
      throw error;
    }
  }

  /** Hands every run whose worker died, or whose lease ran out, to `decide`, in one transaction each time it is called. */
  async recover(
    from: 'dead workers' | 'expired leases',
    decide: (run: ClaimedRun) => 'again' | { reason: string; remedy: string },
  ): Promise<number> {
    const message = `${from === 'dead workers' ? 'the trainer died' : 'the lease ran out'}; the run is queued again`;
    return this.dataSource.transaction(async (manager) => {
      const rows: unknown[] =
        from === 'dead workers' ? await manager.query(ORPHANS, [WORKER_LOCK_SPACE]) : await manager.query(EXPIRED);
      for (const row of rows) {
        const run = claimed(row);
        const decision = decide(run);
        if (decision === 'again') {
          if (await changed(manager, REQUEUE, [run.runId, run.owner, 0]))
            await this.logNow(manager, run, { level: 'warn', message });
        } else await this.failIn(manager, run, run.stage, decision);
      }
      return rows.length;
    });
  }

  /** Gives a run back with its rows frozen, for external trainers, and tells them; false if it is not this worker's any more. */
  async offer({ runId, requestId, model, owner }: ClaimedRun, snapshot: SnapshotRecord): Promise<boolean> {
    return this.dataSource.transaction(async (manager) => {
      if (!(await changed(manager, OFFER, [runId, owner, snapshot.hash, snapshot.rows]))) return false;
      await rememberSnapshot(manager, model, snapshot);
      const message = 'waits for an external trainer';
      const moment = { at: new Date().toISOString(), stage: 'snapshot', progress: 0.1 } as const;
      await appendToLog(manager, runId, moment, [{ level: 'info', message }]);
      const told = { run_id: runId, request_id: requestId, model, message, ...moment };
      await this.outbox.add(manager, 'training.progress', told);
      return true;
    });
  }

  /** Digests of the uploads that queued and running runs are made of. */
  async importsToCome(): Promise<string[]> {
    const rows = z.array(z.object({ import: ModelImport })).parse(await this.dataSource.query(IMPORTS_TO_COME));
    return rows.flatMap(({ import: { model, description } }) => [model, description]);
  }

  /** Ids of the runs that have not ended, whoever has them. */
  async unfinished(): Promise<string[]> {
    const rows = z.array(z.object({ run_id: z.string() })).parse(await this.dataSource.query(UNFINISHED));
    return rows.map(({ run_id }) => run_id);
  }

  /** Hash of the snapshot that was taken of a dataset in this state by this query; null if there is none. */
  async snapshotOf(model: string, query: string, fingerprint: string): Promise<string | null> {
    const rows = z
      .array(z.object({ hash: z.string() }))
      .parse(await this.dataSource.query(SNAPSHOT_OF, [model, query, fingerprint]));
    return rows[0]?.hash ?? null;
  }

  async progress(run: ClaimedRun, event: TrainingProgress, rows: number | null): Promise<void> {
    const { at, stage, progress, message } = event;
    await this.dataSource.transaction(async (manager) => {
      if (await changed(manager, PROGRESS, [run.runId, run.owner, stage, progress, message, rows]))
        await appendToLog(manager, run.runId, { at, stage, progress }, [{ level: 'info', message }]);
    });
  }

  /** Keeps what the training itself printed; nobody is told. */
  async note(run: ClaimedRun, stage: TrainingStage, at: string, messages: readonly string[]): Promise<void> {
    const lines = messages.map((message): NewLogLine => ({ level: 'info', message }));
    await appendToLog(this.dataSource.manager, run.runId, { at, stage, progress: null }, lines);
  }

  /** Ends a run with its package; false if the run is not this worker's any more. */
  async finish(run: ClaimedRun, trained: ModelTrained, snapshot: SnapshotRecord, warnings: string[]): Promise<boolean> {
    return this.dataSource.transaction(async (manager) => {
      const values = [
        run.runId,
        run.owner,
        trained.dataset_size,
        snapshot.hash,
        trained.digest,
        trained.artifact_uri,
        JSON.stringify(trained.training_stats),
        JSON.stringify(warnings),
      ];
      if (!(await changed(manager, FINISH, values))) return false;
      const { model } = run;
      await rememberSnapshot(manager, model, snapshot);
      const message = `trained ${trained.backend} on ${trained.dataset_size} rows`;
      const moment = { at: trained.trained_at, stage: 'done', progress: 1 } as const;
      await appendToLog(manager, run.runId, moment, [
        ...warnings.map((warning): NewLogLine => ({ level: 'warn', message: warning })),
        { level: 'info', message },
      ]);
      await pruneLogs(manager, model);
      await this.outbox.add(manager, 'training.progress', {
        run_id: run.runId,
        request_id: run.requestId,
        model,
        message,
        ...moment,
      });
      await this.outbox.add(manager, 'model.trained', trained);
      return true;
    });
  }

  /** Ends a run without a package; false if the run is not this worker's any more. */
  async fail(run: ClaimedRun, failure: { stage: TrainingStage; reason: string; remedy: string }): Promise<boolean> {
    return this.dataSource.transaction((manager) => this.failIn(manager, run, failure.stage, failure));
  }

  /**
   * Ends a queued or running run because somebody wants it, whoever owns it: a worker finds out by {@link owns}. Null if it has
   * ended already, or was never there.
   */
  async cancel({ run_id, actor, reason }: CancelRequested): Promise<ClaimedRun | null> {
    return this.dataSource.transaction(async (manager) => {
      const message = `cancelled by ${actor}: ${reason}`;
      const [rows] = Updated.parse(await manager.query(CANCEL, [run_id, message]));
      if (rows[0] === undefined) return null;
      const run = claimed(rows[0]);
      const { runId, requestId, model, stage } = run;
      const cancelled_at = new Date().toISOString();
      const moment = { at: cancelled_at, stage, progress: null };
      await appendToLog(manager, runId, moment, [{ level: 'warn', message }]);
      await pruneLogs(manager, model);
      const told = { run_id, request_id: requestId, model, stage, actor, reason, cancelled_at };
      await this.outbox.add(manager, 'training.cancelled', told);
      return run;
    });
  }

  /** Whether the run is still this worker's. */
  async owns({ runId, owner }: ClaimedRun): Promise<boolean> {
    const rows: unknown[] = await this.dataSource.query(OWNED, [runId, owner]);
    return rows.length > 0;
  }

  /** Gives a run back unharmed, for the next worker; this attempt does not count. */
  async giveBack(run: ClaimedRun): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      if (await changed(manager, REQUEUE, [run.runId, run.owner, 1]))
        await this.logNow(manager, run, { level: 'info', message: 'the trainer is stopping; the run is queued again' });
    });
  }

  async length(): Promise<number> {
    const rows = z.array(z.object({ queued: z.number() })).parse(await this.dataSource.query(QUEUE_LENGTH));
    return rows[0]?.queued ?? 0;
  }

  /** Of each model, whether the run that ended last has failed. */
  async lastEnded(): Promise<{ model: string; failed: boolean }[]> {
    return this.dataSource.query<{ model: string; failed: boolean }[]>(LAST_ENDED);
  }

  /** Of each model, the rows and the end (in seconds since 1970) of its last run that led to a package. */
  async lastTrained(): Promise<{ model: string; rows: number | null; at: number }[]> {
    return this.dataSource.query<{ model: string; rows: number | null; at: number }[]>(LAST_TRAINED);
  }

  private async failIn(
    manager: EntityManager,
    run: ClaimedRun,
    stage: TrainingStage,
    { reason, remedy }: { reason: string; remedy: string },
  ): Promise<boolean> {
    if (!(await changed(manager, FAIL, [run.runId, run.owner, stage, reason, remedy]))) return false;
    const failed_at = new Date().toISOString();
    const moment = { at: failed_at, stage, progress: null };
    await appendToLog(manager, run.runId, moment, [asLine({ reason, remedy })]);
    await pruneLogs(manager, run.model);
    const failed: TrainingFailed = {
      run_id: run.runId,
      request_id: run.requestId,
      model: run.model,
      stage,
      reason,
      remedy,
      failed_at,
    };
    await this.outbox.add(manager, 'training.failed', failed);
    return true;
  }

  private logNow(manager: EntityManager, run: ClaimedRun, line: NewLogLine): Promise<void> {
    const moment = { at: new Date().toISOString(), stage: 'queued', progress: null } as const;
    return appendToLog(manager, run.runId, moment, [line]);
  }
}

const asLine = ({ reason, remedy }: { reason: string; remedy: string }): NewLogLine => ({
  level: 'error',
  message: `${reason} ${remedy}`,
});

async function rememberSnapshot(manager: EntityManager, model: string, snapshot: SnapshotRecord): Promise<void> {
  const { hash, uri, rows, watermark, query, fingerprint } = snapshot;
  await manager.query(REMEMBER_SNAPSHOT, [model, hash, uri, rows, watermark, query, fingerprint]);
}

function requestValues(request: TrainingRequested, runId: string, backend: Grower): unknown[] {
  return [
    runId,
    request.request_id,
    request.model,
    request.trigger,
    request.actor,
    request.reason ?? null,
    request.auto_deploy,
    request.since_days ?? null,
    request.use_api ?? null,
    request.requested_at,
    backend,
    request.tune ?? null,
    request.import ? JSON.stringify(request.import) : null,
  ];
}
