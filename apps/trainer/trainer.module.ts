import { type DynamicModule, Module } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { PackageStore } from '#artifacts/package-store';
import type { ArtifactStore } from '#artifacts/store';
import type { Outbox } from '#outbox/outbox';
import type { Logger } from '#platform/logging';
import { Loops } from '#platform/loop/loops';
import type { TrainerConfig } from './config.js';
import { DefinitionRepository } from './definitions/definition.repository.js';
import { ARTIFACT_STORE, LOGGER, TRAINER_CONFIG } from './keys.js';
import { LeasesController } from './leases/leases.controller.js';
import { Leases } from './leases/leases.service.js';
import { AcceptRequest } from './requests/accept-request.service.js';
import { TrainingRequestsController } from './requests/training-requests.controller.js';
import { ProgressReports } from './runs/progress.js';
import { RunMetrics } from './runs/run-metrics.js';
import { RunTraces } from './runs/run-traces.js';
import { SnapshotRepository } from './runs/snapshot.repository.js';
import { StaleUploads } from './runs/stale-uploads.js';
import { TrainRun } from './runs/train-run.service.js';
import { Uploads } from './runs/uploads.js';
import { WorkFolders } from './runs/work-folder.js';
import { Worker } from './runs/worker.js';
import { Scheduler } from './schedule/scheduler.service.js';
import { SparkTraining } from './spark/spark-training.service.js';
import { DropOnsets } from './storage/drop-onsets.js';
import { LeaseStore } from './storage/lease-store.js';
import { RunQueue } from './storage/run-queue.js';
import { SlotStore } from './storage/slots.js';
import { TrainingRows } from './storage/training-rows.js';
import { WorkerLock } from './storage/worker-lock.js';

export interface TrainerParts {
  readonly config: TrainerConfig;
  readonly dataSource: DataSource;
  readonly outbox: Outbox;
  readonly store: ArtifactStore;
}

@Module({})
class TrainerModule {}

export function trainerModule({ config, dataSource, outbox, store }: TrainerParts): DynamicModule {
  const runs = new RunQueue(dataSource, outbox);
  const trainingRows = new TrainingRows(dataSource);
  return {
    module: TrainerModule,
    controllers: [TrainingRequestsController, LeasesController],
    providers: [
      { provide: TrainingRows, useValue: trainingRows },
      { provide: TRAINER_CONFIG, useValue: config },
      { provide: ARTIFACT_STORE, useValue: store },
      { provide: PackageStore, useValue: new PackageStore(store) },
      { provide: RunQueue, useValue: runs },
      { provide: LeaseStore, useValue: new LeaseStore(dataSource) },
      { provide: DropOnsets, useValue: new DropOnsets(dataSource) },
      { provide: SlotStore, useValue: new SlotStore(dataSource, outbox) },
      { provide: RunTraces, inject: [LOGGER], useFactory: (logger: Logger) => new RunTraces(trainingRows, logger) },
      { provide: WorkerLock, useValue: new WorkerLock(config.DATABASE_URL) },
      AcceptRequest,
      DefinitionRepository,
      Leases,
      ProgressReports,
      {
        provide: RunMetrics,
        inject: [DefinitionRepository, Loops, LOGGER],
        useFactory: (definitions: DefinitionRepository, loops: Loops, logger: Logger) =>
          new RunMetrics(runs, definitions, loops, logger),
      },
      Scheduler,
      SnapshotRepository,
      SparkTraining,
      StaleUploads,
      TrainRun,
      Uploads,
      WorkFolders,
      Worker,
    ],
  };
}
