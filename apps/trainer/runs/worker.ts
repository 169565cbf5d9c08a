import { setTimeout as pause } from 'node:timers/promises';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Counter, Gauge, Histogram } from 'prom-client';
import type { CancelRequested, TrainingStage } from '#contracts/events/training';
import { TrainingFailure } from '#models/training/process/failure';
import type { Logger } from '#platform/logging';
import { Loop } from '#platform/loop/loop';
import { Loops } from '#platform/loop/loops';
import type { TrainerConfig } from '../config.js';
import { CLOCK, type Clock, LOGGER, TRAINER_CONFIG } from '../keys.js';
import type { ClaimedRun } from '../storage/claimed-run.js';
import { RunQueue } from '../storage/run-queue.js';
import { WorkerLock } from '../storage/worker-lock.js';
import { ProgressReports } from './progress.js';
import { RunTraces } from './run-traces.js';
import { Lost, Overdue, RunWatch } from './run-watch.js';
import { type TrainedPackage, TrainRun } from './train-run.service.js';
import { Uploads } from './uploads.js';
import { WorkFolders } from './work-folder.js';

const runsTotal = new Counter({
  name: 'ratchet_training_runs_total',
  help: 'Training runs that ended, by outcome (done, failed, cancelled).',
  labelNames: ['model', 'outcome'],
});
const durationSeconds = new Histogram({
  name: 'ratchet_training_duration_seconds',
  help: 'Time from the start of a run to its package.',
  labelNames: ['model', 'backend'],
  buckets: [1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600],
});
const queued = new Gauge({ name: 'ratchet_training_queued_runs', help: 'Runs that wait for a worker.' });
const running = new Gauge({ name: 'ratchet_training_running', help: '1 while this process trains.' });

/** A run that was started this often without an end is not started again. */
const MOST_ATTEMPTS = 2;
const RETRY_MS = 1000;
/** How often it looks whether this process still holds its lock; it is told of most ends. */
const LOCK_LOOK_MS = 5_000;
/** Looking for a run takes no longer than this. */
const PATIENCE_MS = 60_000;

class Stopping extends Error {}

/**
 * Takes runs from the queue, one after the other. Runs whose worker died are found by its lock being gone: started again
 * once, and then given up with a reason.
 */
@Injectable()
export class Worker implements OnApplicationShutdown {
  private readonly stopping = new AbortController();
  private readonly loop: Loop;
  private readonly locking: Loop;
  /** Of the run in hand. */
  private watch: RunWatch | null = null;

  constructor(
    @Inject(RunQueue) private readonly queue: RunQueue,
    @Inject(WorkerLock) private readonly lock: WorkerLock,
    @Inject(TrainRun) private readonly trainer: TrainRun,
    @Inject(ProgressReports) private readonly reports: ProgressReports,
    @Inject(Uploads) private readonly uploads: Uploads,
    @Inject(WorkFolders) private readonly folders: WorkFolders,
    @Inject(RunTraces) private readonly traces: RunTraces,
    @Inject(Loops) loops: Loops,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(TRAINER_CONFIG) private readonly config: Pick<TrainerConfig, 'TRAINING_POLL_MS'>,
  ) {
    this.loop = loops.add(
      new Loop({
        name: 'training runs',
        everyMs: config.TRAINING_POLL_MS,
        step: () => this.next(),
        logger,
        longestBackOffMs: RETRY_MS,
        patienceMs: () => this.watch?.patienceMs ?? PATIENCE_MS,
      }),
    );
    // Also while a run is in hand: without the lock, another trainer takes it for dead.
    this.locking = loops.add(
      new Loop({ name: 'worker lock', everyMs: LOCK_LOOK_MS, step: async () => void (await this.lock.hold()), logger }),
    );
    lock.onLost = () => this.locking.wake();
  }

  /** Looks for a run now instead of at the next poll. */
  wake(): void {
    this.loop.wake();
  }

  /**
   * Ends a run because somebody wants it: one that waits, one in hand, and one that another trainer has, alive or not. Null if it
   * has ended already, or was never there.
   */
  async cancel(command: CancelRequested): Promise<ClaimedRun | null> {
    const run = await this.queue.cancel(command);
    if (run === null) return null;
    runsTotal.inc({ model: run.model, outcome: 'cancelled' });
    if (this.watch?.runId === run.runId) this.watch.look();
    else if (run.import !== null) await this.uploads.discard(run.import);
    this.wake();
    return run;
  }

  /** Stops a run under way and gives it back to the queue. */
  async onApplicationShutdown(): Promise<void> {
    this.stopping.abort(new Stopping('the trainer is stopping'));
    await this.loop.stop();
    await this.locking.stop();
    await this.lock.release();
  }

  /** Recovers, then works off one run; false if there was nothing to do. */
  private async next(): Promise<boolean> {
    const owner = await this.lock.hold();
    await this.recover();
    const run = await this.queue.claim(owner);
    queued.set(await this.queue.length());
    if (run === null) return false;
    running.set(1);
    try {
      await this.work(run);
    } finally {
      running.set(0);
    }
    return true;
  }

  private async recover(): Promise<void> {
    const givenUp: string[] = [];
    const recovered = await this.queue.recover('dead workers', (run) => {
      const again = run.attempts < MOST_ATTEMPTS;
      this.logger.warn({ run_id: run.runId, model: run.model, again }, 'a run was left behind by a dead trainer');
      if (again) return 'again';
      givenUp.push(run.runId);
      runsTotal.inc({ model: run.model, outcome: 'failed' });
      return {
        reason: `The trainer died ${run.attempts} times during this run, last in the stage "${run.stage}".`,
        remedy: 'Look at its log and at the memory of the machine, then train again.',
      };
    });
    for (const runId of givenUp) await this.folders.remove(runId);
    if (recovered > 0) this.wake();
  }

  private async work(run: ClaimedRun): Promise<void> {
    const log = this.logger.child({ run_id: run.runId, model: run.model, backend: run.backend });
    log.info({ attempt: run.attempts }, 'run started');
    const progress = this.reports.of(run);
    const deadlineMs = this.trainer.deadlineOf(run.model);
    const { signal: stopping } = this.stopping;
    const everyMs = this.config.TRAINING_POLL_MS;
    const watch = new RunWatch({ run, queue: this.queue, deadlineMs, everyMs, stopping, logger: log });
    this.watch = watch;
    try {
      if (run.engine === 'external' && run.import === null) {
        const snapshot = await watch.over(this.trainer.freeze(run, progress, watch.signal));
        await progress.settled();
        const offered = await this.untilStored(() => this.queue.offer(run, snapshot));
        log.info({ hash: snapshot.hash, offered }, 'rows frozen; the run waits for an external trainer');
        return;
      }
      const trained = await watch.over(this.trainer.run(run, progress, watch.signal));
      await progress.settled();
      await this.finish(run, trained, log);
      if (run.import !== null) await this.uploads.discard(run.import);
    } catch (error) {
      await progress.settled();
      if (error instanceof Stopping) {
        await this.queue.giveBack(run);
        log.info('run given back to the queue');
        return;
      }
      if (error instanceof Lost) {
        log.warn('the run was cancelled, or taken over; it is given up here');
        if (run.import !== null) await this.uploads.discard(run.import);
        await this.traces.ended(run, {}, 'cancelled, or taken over by another trainer');
        return;
      }
      const failure = error instanceof Overdue ? overdue(run.model, progress.stage(), deadlineMs) : error;
      if (!(failure instanceof TrainingFailure)) throw error;
      const { stage, reason, remedy } = failure;
      log.error({ stage, reason, remedy, err: failure.cause }, 'run failed');
      await this.untilStored(() => this.queue.fail(run, failure));
      if (run.import !== null) await this.uploads.discard(run.import);
      runsTotal.inc({ model: run.model, outcome: 'failed' });
      await this.traces.ended(run, {}, reason);
    } finally {
      watch.close();
      this.watch = null;
    }
  }

  private async finish(run: ClaimedRun, { digest, uri, snapshot, result }: TrainedPackage, log: Logger): Promise<void> {
    const now = this.clock();
    const duration_ms = now.getTime() - run.startedAt.getTime();
    const { hash, rows, watermark } = snapshot;
    const event = {
      run_id: run.runId,
      request_id: run.requestId,
      model: run.model,
      backend: run.backend,
      digest,
      artifact_uri: uri,
      snapshot: { hash, uri: snapshot.uri, rows, watermark },
      training_stats: result.stats,
      dataset_size: result.datasetSize,
      auto_deploy: run.autoDeploy,
      actor: run.actor,
      created_by: run.import === null ? 'retraining_job' : 'import',
      duration_ms,
      trained_at: now.toISOString(),
    };
    if (!(await this.untilStored(() => this.queue.finish(run, event, snapshot, result.warnings)))) {
      log.warn({ digest }, 'another trainer took the run over; this result is dropped');
      return;
    }
    log.info({ digest, duration_ms, stats: result.stats, warnings: result.warnings }, 'run done');
    runsTotal.inc({ model: run.model, outcome: 'done' });
    durationSeconds.observe({ model: run.model, backend: run.backend }, duration_ms / 1000);
    await this.traces.ended(run, { 'ratchet.digest': digest, 'ratchet.rows': rows }, null);
  }

  /** What a run came to must not be lost because Postgres is away for a moment. */
  private async untilStored<T>(store: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await store();
      } catch (error) {
        if (this.stopping.signal.aborted) throw error;
        this.logger.error({ err: error, retry_in_ms: RETRY_MS }, 'the end of a run cannot be stored yet');
        await pause(RETRY_MS, undefined, { signal: this.stopping.signal }).catch(() => undefined);
      }
    }
  }
}

function overdue(model: string, stage: TrainingStage, deadlineMs: number): TrainingFailure {
  const minutes = deadlineMs / 60_000;
  const allowed = minutes < 1 ? `${deadlineMs / 1000} s` : minutes < 120 ? `${minutes} min` : `${minutes / 60} h`;
  return new TrainingFailure(
    stage,
    `The training of "${model}" was ended: it had taken the ${allowed} that it may take.`,
    'Look at its log for where it stood, then train again; if it needs longer, raise training.deadline in the definition.',
  );
}
