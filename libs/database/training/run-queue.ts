import type { DataSource, EntityManager } from 'typeorm';
import { z } from 'zod';
import type { ModelTrained, TrainingFailed, TrainingProgress, TrainingRequested } from '#contracts/events/training';
import { ModelImport, TrainingStage } from '#contracts/events/training';
import { Backend } from '#contracts/model-definition';
import type { Outbox } from '#kafka/outbox';
import { appendToLog, type NewLogLine, pruneLogs } from './run-log.js';
import {
  CLAIM,
  ENQUEUE,
  ENQUEUE_FAILED,
  FAIL,
  FINISH,
  IMPORTS_TO_COME,
  ORPHANS,
  PROGRESS,
  QUEUE_LENGTH,
  REMEMBER_SNAPSHOT,
  REQUEUE,
  SNAPSHOT_OF,
} from './run-queue.sql.js';

const Row = z.looseObject({
  run_id: z.string(),
  request_id: z.string(),
  model: z.string(),
  actor: z.string(),
  auto_deploy: z.boolean(),
  backend: Backend,
  stage: TrainingStage,
  attempts: z.int(),
  owner: z.int().nullable(),
  tune: z.int().nullable(),
  import: ModelImport.nullable(),
  started_at: z.date().nullable(),
});

/** A run that a worker owns. */
export interface ClaimedRun {
  readonly runId: string;
  readonly requestId: string;
  readonly model: string;
  readonly actor: string;
  readonly autoDeploy: boolean;
  readonly backend: Backend;
  readonly stage: TrainingStage;
  readonly attempts: number;
  readonly owner: number;
  /** Settings of the hyper-parameters to try; null for the definition's own alone. */
  readonly tune: number | null;
  /** The model trained elsewhere that is to become a package; null where one is trained. */
  readonly import: ModelImport | null;
  readonly startedAt: Date;
}

export interface SnapshotRecord {
  readonly hash: string;
  readonly uri: string;
  readonly rows: number;
  readonly watermark: string;
  readonly query: string;
  /** State of the dataset it was taken of; null if nobody knows. */
  readonly fingerprint: string | null;
}

/** Postgres error code of a violated unique index. */
const UNIQUE_VIOLATION = '23505';

/** What an UPDATE … RETURNING gives through TypeORM: [rows, count]. */
const Updated = z.tuple([z.array(z.unknown()), z.number()]);

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
  async enqueue(request: TrainingRequested, runId: string, backend: Backend): Promise<boolean> {
    const rows: unknown[] = await this.dataSource.query(ENQUEUE, requestValues(request, runId, backend));
    return rows.length > 0;
  }

  /** Records a request that cannot be run, and tells of it. */
  async refuse(request: TrainingRequested, runId: string, failure: { reason: string; remedy: string }): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      const values = requestValues(request, runId, request.model_type ?? 'xgboost');
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
      // Another worker began a run of the same model in this very moment.
      if (z.looseObject({ code: z.literal(UNIQUE_VIOLATION) }).safeParse(error).success) return null;
      throw error;
    }
  }

  /** Hands every run without a living worker to `decide`, in one transaction each time it is called. */
  async recover(decide: (run: ClaimedRun) => 'again' | { reason: string; remedy: string }): Promise<number> {
    return this.dataSource.transaction(async (manager) => {
      const rows: unknown[] = await manager.query(ORPHANS);
      for (const row of rows) {
        const run = claimed(row);
        const decision = decide(run);
        if (decision === 'again') {
          if (await changed(manager, REQUEUE, [run.runId, run.owner, 0]))
            await this.logNow(manager, run, { level: 'warn', message: 'the trainer died; the run is queued again' });
        } else await this.failIn(manager, run, run.stage, decision);
      }
      return rows.length;
    });
  }

  /** Digests of the uploads that queued and running runs are made of. */
  async importsToCome(): Promise<string[]> {
    const rows = z.array(z.object({ import: ModelImport })).parse(await this.dataSource.query(IMPORTS_TO_COME));
    return rows.flatMap(({ import: { model, description } }) => [model, description]);
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
      const { hash, uri, rows, watermark, query, fingerprint } = snapshot;
      await manager.query(REMEMBER_SNAPSHOT, [model, hash, uri, rows, watermark, query, fingerprint]);
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

async function changed(manager: EntityManager, sql: string, values: unknown[]): Promise<boolean> {
  return Updated.parse(await manager.query(sql, values))[1] > 0;
}

function requestValues(request: TrainingRequested, runId: string, backend: Backend): unknown[] {
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

function claimed(value: unknown): ClaimedRun {
  const row = Row.parse(value);
  return {
    runId: row.run_id,
    requestId: row.request_id,
    model: row.model,
    actor: row.actor,
    autoDeploy: row.auto_deploy,
    backend: row.backend,
    stage: row.stage,
    attempts: row.attempts,
    owner: row.owner ?? 0,
    tune: row.tune,
    import: row.import,
    startedAt: row.started_at ?? new Date(0),
  };
}
