import type { Readable } from 'node:stream';
import { Inject, Injectable } from '@nestjs/common';
import type { z } from 'zod';
import type { TrainingProgress } from '#contracts/events/training';
import type { CompleteBody, HeartbeatBody, Lease } from '#contracts/http/leases';
import { GROWER_OF } from '#contracts/model-package';
import { EventProducer } from '#kafka/produce/producer';
import type { Logger } from '#platform/logging';
import { Loop } from '#platform/loop/loop';
import { Loops } from '#platform/loop/loops';
import { ProblemError } from '#platform/problem';
import type { TrainerConfig } from '../config.js';
import { DefinitionRepository, DefinitionUnusable } from '../definitions/definition.repository.js';
import { CLOCK, type Clock, LOGGER, TRAINER_CONFIG } from '../keys.js';
import { SnapshotRepository } from '../runs/snapshot.repository.js';
import { Uploads } from '../runs/uploads.js';
import { Worker } from '../runs/worker.js';
import type { ClaimedRun } from '../storage/claimed-run.js';
import { LeaseStore, type WantedLease } from '../storage/lease-store.js';
import { RunQueue } from '../storage/run-queue.js';
import { whyLost } from './lost-lease.js';

/** A run that was lent this often without an end is given up. */
const MOST_LEASES = 5;

/** Lends runs to trainers outside, and takes them back. */
@Injectable()
export class Leases {
  constructor(
    @Inject(LeaseStore) private readonly leases: LeaseStore,
    @Inject(RunQueue) private readonly queue: RunQueue,
    @Inject(DefinitionRepository) private readonly definitions: DefinitionRepository,
    @Inject(SnapshotRepository) private readonly snapshots: SnapshotRepository,
    @Inject(Uploads) private readonly uploads: Uploads,
    @Inject(Worker) private readonly worker: Worker,
    @Inject(EventProducer) private readonly producer: EventProducer,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(Loops) loops: Loops,
    @Inject(TRAINER_CONFIG) { TRAINING_POLL_MS: everyMs }: Pick<TrainerConfig, 'TRAINING_POLL_MS'>,
  ) {
    loops.add(new Loop({ name: 'leases', everyMs, step: () => this.takeBack(), logger }));
  }

  /** Null if no run waits. */
  async take(wanted: WantedLease): Promise<Lease | null> {
    await this.takeBack();
    const taken = await this.leases.take(wanted);
    if (taken === null) return null;
    const { leaseId, expiresAt, run, snapshot } = taken;
    const { runId: run_id, requestId: request_id, model, backend, tune, attempts } = run;
    try {
      const definition = this.definitions.read(model);
      this.logger.info({ run_id, model, trainer: wanted.trainer, attempts }, 'run lent to an external trainer');
      return {
        lease_id: leaseId,
        expires_at: expiresAt.toISOString(),
        run_id,
        request_id,
        model,
        definition,
        backend,
        tune,
        snapshot,
        attempts,
      };
    } catch (error) {
      if (!(error instanceof DefinitionUnusable)) throw error;
      const { reason, remedy } = error;
      await this.queue.fail(run, { stage: 'snapshot', reason, remedy });
      return null;
    }
  }

  /** The frozen rows. */
  async rows(leaseId: string): Promise<Readable> {
    const { snapshotHash } = await this.heldRun(leaseId);
    if (snapshotHash === null) throw new Error('a run was lent before its rows were frozen');
    return this.snapshots.open(snapshotHash);
  }

  async extend(leaseId: string, { lease_seconds, stage, progress, message }: HeartbeatBody): Promise<Date> {
    const until = await this.leases.extend(leaseId, lease_seconds);
    const run = await this.heldRun(leaseId);
    if (until === null) throw new Error(`the lease ${leaseId} holds, and cannot be extended`);
    if (message !== undefined || progress !== undefined)
      await this.tell(run, {
        run_id: run.runId,
        request_id: run.requestId,
        model: run.model,
        stage,
        progress: progress ?? 0.5,
        message: message ?? `${Math.round((progress ?? 0) * 100)} % done`,
        at: this.clock().toISOString(),
      });
    return until;
  }

  /** Puts the run's model where every model trained elsewhere is verified and packaged. The same again changes nothing. */
  async complete(leaseId: string, { upload, format, description }: CompleteBody): Promise<ClaimedRun> {
    const { run, holds, completedWith, ...rest } = await this.find(leaseId);
    const isThis = completedWith?.model === upload && completedWith.format === format;
    if (isThis) return run;
    if (!holds) throw lost({ run, completedWith, ...rest });
    if (!(await this.uploads.has(upload)))
      throw new ProblemError(404, 'Not found', `There is no upload ${upload}. Upload the model file first.`);
    const described = await this.uploads.describe({ ...description, lease_id: leaseId });
    const model = { format, model: upload, description: described };
    if (!(await this.leases.complete(leaseId, model, GROWER_OF[format]))) {
      // Another completion was faster, or the lease ran out just now.
      const now = await this.find(leaseId);
      if (now.completedWith?.model !== upload) throw lost(now);
    }
    this.logger.info({ run_id: run.runId, model: run.model, upload, format }, 'an external trainer brought its model');
    this.worker.wake();
    return run;
  }

  async fail(leaseId: string, { reason, remedy }: { reason: string; remedy: string }): Promise<ClaimedRun> {
    const run = await this.heldRun(leaseId);
    if (!(await this.queue.fail(run, { stage: 'train', reason, remedy }))) throw lost(await this.find(leaseId));
    this.logger.error({ run_id: run.runId, model: run.model, reason, remedy }, 'an external trainer failed');
    this.worker.wake();
    return run;
  }

  private async takeBack(): Promise<void> {
    const n = await this.queue.recover('expired leases', ({ runId: run_id, model, attempts, stage }) => {
      const again = attempts < MOST_LEASES;
      this.logger.warn({ run_id, model, attempts, again }, 'an external trainer was not heard of in time');
      if (again) return 'again';
      return {
        reason: `External trainers took this run ${attempts} times and were not heard of any more, last in the stage "${stage}".`,
        remedy: 'Look at their logs; let them extend the lease while they train, then train again.',
      };
    });
    if (n > 0) this.worker.wake();
  }

  private async find(leaseId: string) {
    const lease = await this.leases.read(leaseId);
    if (lease === null) throw new ProblemError(404, 'Not found', `There is no lease ${leaseId}.`);
    return lease;
  }

  private async heldRun(leaseId: string): Promise<ClaimedRun> {
    const lease = await this.find(leaseId);
    if (!lease.holds) throw lost(lease);
    return lease.run;
  }

  /** Whoever follows may miss some of it; the run's end is told by its own event. */
  private async tell(run: ClaimedRun, event: z.input<typeof TrainingProgress>): Promise<void> {
    await this.queue.progress(run, event, null);
    this.producer
      .publish('training.progress', event)
      .catch((error: unknown) => this.logger.debug({ err: error, run_id: run.runId }, 'progress not reported'));
  }
}

const lost = (lease: Parameters<typeof whyLost>[0]): ProblemError =>
  new ProblemError(409, 'Lease lost', whyLost(lease));
