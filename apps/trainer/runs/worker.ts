import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Counter, Gauge, Histogram } from 'prom-client';
import { type ClaimedRun, RunQueue } from '#database/training/run-queue';
import { WorkerLock } from '#database/training/worker-lock';
import { TrainingFailure } from '#models/training/failure';
import type { Logger } from '#platform/logging';
import { WakeUp } from '#platform/wake-up';
import type { TrainerConfig } from '../config.js';
import { CLOCK, type Clock, LOGGER, TRAINER_CONFIG } from '../tokens.js';
import { ProgressReports } from './progress.js';
import { RunTraces } from './run-traces.js';
import { type TrainedPackage, TrainRun } from './train-run.service.js';
import { Uploads } from './uploads.js';
import { WorkFolders } from './work-folder.js';

const runsTotal = new Counter({
  name: 'ratchet_training_runs_total',
  help: 'Training runs that ended, by outcome (done, failed).',
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

class Stopping extends Error {}

/**
 * Takes runs from the queue, one after the other. One loop owns all state; everybody else only wakes it. Runs whose
 * worker died are found by its lock being gone: started again once, and then given up with a reason.
 */
@Injectable()
export class Worker implements OnApplicationBootstrap {
  private readonly stopping = new AbortController();
  private loop: Promise<void> | null = null;
  private readonly wakeUp = new WakeUp();
  private lastError: string | null = null;

  constructor(
    @Inject(RunQueue) private readonly queue: RunQueue,
    @Inject(WorkerLock) private readonly lock: WorkerLock,
    @Inject(TrainRun) private readonly trainer: TrainRun,
    @Inject(ProgressReports) private readonly reports: ProgressReports,
    @Inject(Uploads) private readonly uploads: Uploads,
    @Inject(WorkFolders) private readonly folders: WorkFolders,
    @Inject(RunTraces) private readonly traces: RunTraces,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(TRAINER_CONFIG) private readonly config: Pick<TrainerConfig, 'TRAINING_POLL_MS'>,
  ) {}

  onApplicationBootstrap(): void {
    this.loop ??= this.run();
  }

  /** Looks for a run now instead of at the next poll. */
  wake(): void {
    this.wakeUp.wake();
  }

  /** Null while the queue can be reached. */
  health(): string | null {
    return this.lastError;
  }

  /** Stops a run under way and gives it back to the queue. */
  async stop(): Promise<void> {
    this.stopping.abort(new Stopping('the trainer is stopping'));
    this.wake();
    await this.loop;
    await this.lock.release();
  }

  private async run(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      try {
        const worked = await this.turn();
        this.lastError = null;
        if (!worked) await this.pause(this.config.TRAINING_POLL_MS);
      } catch (error) {
        this.lastError = error instanceof Error ? error.message : String(error);
        this.logger.error({ err: error, retry_in_ms: RETRY_MS }, 'the queue of runs cannot be worked on');
        await this.pause(RETRY_MS);
      }
    }
  }

  /** Recovers, then works off one run; false if there was nothing to do. */
  private async turn(): Promise<boolean> {
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
    const recovered = await this.queue.recover((run) => {
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
    try {
      const trained = await this.trainer.run(run, progress, this.stopping.signal);
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
      if (!(error instanceof TrainingFailure)) throw error;
      log.error({ stage: error.stage, reason: error.reason, remedy: error.remedy, err: error.cause }, 'run failed');
      await this.untilStored(() => this.queue.fail(run, error));
      if (run.import !== null) await this.uploads.discard(run.import);
      runsTotal.inc({ model: run.model, outcome: 'failed' });
      await this.traces.ended(run, {}, error.reason);
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
        this.lastError = error instanceof Error ? error.message : String(error);
        this.logger.error({ err: error, retry_in_ms: RETRY_MS }, 'the end of a run cannot be stored yet');
        await this.pause(RETRY_MS);
      }
    }
  }

  private async pause(ms: number): Promise<void> {
    if (!this.stopping.signal.aborted) await this.wakeUp.sleep(ms);
  }
}
