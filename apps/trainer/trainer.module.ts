import { type DynamicModule, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import type { DataSource } from 'typeorm';
import { PackageStore } from '#artifacts/package-store';
import type { ArtifactStore } from '#artifacts/store';
import { RunQueue } from '#database/training/run-queue';
import { SlotStore } from '#database/training/slots';
import { WorkerLock } from '#database/training/worker-lock';
import { Outbox, type OutboxRelay } from '#kafka/outbox';
import type { EventProducer } from '#kafka/producer';
import type { KafkaTransport } from '#kafka/transport';
import { READINESS_CHECKS } from '#platform/health';
import type { Logger } from '#platform/logging';
import type { TrainerConfig } from './config.js';
import { DefinitionRepository } from './definitions/definition.repository.js';
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
import { ARTIFACT_STORE, CLOCK, LOGGER, PRODUCER, TRAINER_CONFIG } from './tokens.js';

/** Everything from outside that the service needs, made in main.ts. */
export interface TrainerSurroundings {
  readonly config: TrainerConfig;
  readonly logger: Logger;
  readonly dataSource: DataSource;
  readonly store: ArtifactStore;
  readonly transport: KafkaTransport;
  readonly producer: EventProducer;
  readonly relay: OutboxRelay;
}

const SURROUNDINGS = Symbol('SURROUNDINGS');

@Module({})
export class TrainerModule implements OnApplicationShutdown {
  constructor(
    @Inject(SURROUNDINGS) private readonly surroundings: TrainerSurroundings,
    @Inject(Worker) private readonly worker: Worker,
    @Inject(Scheduler) private readonly scheduler: Scheduler,
  ) {}

  /** The consumer has stopped by now. What still uses Postgres and Kafka ends before its connections do. */
  async onApplicationShutdown(): Promise<void> {
    await this.scheduler.settled();
    await this.worker.stop();
    await this.surroundings.relay.stop();
    await this.surroundings.producer.disconnect();
    await this.surroundings.dataSource.destroy();
  }

  static with(surroundings: TrainerSurroundings): DynamicModule {
    const { config, logger, dataSource, store, transport, producer } = surroundings;
    const outbox = new Outbox('training');
    return {
      module: TrainerModule,
      imports: [ScheduleModule.forRoot()],
      controllers: [TrainingRequestsController],
      providers: [
        { provide: SURROUNDINGS, useValue: surroundings },
        { provide: TRAINER_CONFIG, useValue: config },
        { provide: LOGGER, useValue: logger },
        { provide: CLOCK, useValue: () => new Date() },
        { provide: PRODUCER, useValue: producer },
        { provide: ARTIFACT_STORE, useValue: store },
        { provide: PackageStore, useValue: new PackageStore(store) },
        { provide: RunQueue, useValue: new RunQueue(dataSource, outbox) },
        { provide: SlotStore, useValue: new SlotStore(dataSource, outbox) },
        { provide: RunTraces, useValue: new RunTraces(dataSource, logger) },
        { provide: WorkerLock, useValue: new WorkerLock(config.DATABASE_URL) },
        {
          provide: READINESS_CHECKS,
          inject: [Worker],
          useFactory: (worker: Worker) => [
            { name: 'postgres', check: () => worker.health() },
            { name: 'kafka', check: () => transport.health() },
          ],
        },
        AcceptRequest,
        DefinitionRepository,
        ProgressReports,
        {
          provide: RunMetrics,
          inject: [DefinitionRepository],
          useFactory: (definitions: DefinitionRepository) => new RunMetrics(dataSource, definitions, logger),
        },
        Scheduler,
        SnapshotRepository,
        StaleUploads,
        TrainRun,
        Uploads,
        WorkFolders,
        Worker,
      ],
    };
  }
}
