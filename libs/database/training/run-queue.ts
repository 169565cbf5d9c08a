import type { DataSource, EntityManager } from 'typeorm';
import { z } from 'zod';
import type { ModelTrained, TrainingFailed, TrainingProgress, TrainingRequested } from '#contracts/events/training';
import { ModelImport, TrainingStage } from '#contracts/events/training';
import { Backend } from '#contracts/model-definition';
import type { Outbox } from '#kafka/outbox';
import {
  CLAIM,
  ENQUEUE,
  ENQUEUE_FAILED,
  FAIL,
  FINISH,
  ORPHANS,
  PROGRESS,
  QUEUE_LENGTH,
  REMEMBER_SNAPSHOT,
  REQUEUE,
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
      if (rows.length > 0)
        await this.outbox.add(manager, 'training.failed', {
          run_id: runId,
          request_id: request.request_id,
          model: request.model,
          stage: 'queued',
          ...failure,
          failed_at: new Date().toISOString(),
        });
    });
  }

  /** The next run for this worker; null if there is none. */
  async claim(owner: number): Promise<ClaimedRun | null> {
    try {
      const [rows] = Updated.parse(await this.dataSource.query(CLAIM, [owner]));
      return rows[0] === undefined ? null : claimed(rows[0]);
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
        if (decision === 'again') await manager.query(REQUEUE, [run.runId, run.owner, 0]);
        else await this.failIn(manager, run, run.stage, decision);
      }
      return rows.length;
    });
  }

  async progress(run: ClaimedRun, event: TrainingProgress, rows: number | null): Promise<void> {
    await this.dataSource.query(PROGRESS, [run.runId, run.owner, event.stage, event.progress, event.message, rows]);
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
      const { hash, uri, rows, watermark, query } = snapshot;
      await manager.query(REMEMBER_SNAPSHOT, [model, hash, uri, rows, watermark, query]);
      await this.outbox.add(manager, 'training.progress', {
        run_id: run.runId,
        request_id: run.requestId,
        model,
        stage: 'done',
        progress: 1,
        message: `trained ${trained.backend} on ${trained.dataset_size} rows`,
        at: trained.trained_at,
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
    await this.dataSource.query(REQUEUE, [run.runId, run.owner, 1]);
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
    const failed: TrainingFailed = {
      run_id: run.runId,
      request_id: run.requestId,
      model: run.model,
      stage,
      reason,
      remedy,
      failed_at: new Date().toISOString(),
    };
    await this.outbox.add(manager, 'training.failed', failed);
    return true;
  }
}

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
