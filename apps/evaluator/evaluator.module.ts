import { type DynamicModule, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { PackageStore } from '#artifacts/package-store';
import type { ArtifactStore } from '#artifacts/store';
import type { ModelDefinition } from '#contracts/model-definition';
import { Outbox, type OutboxRelay } from '#kafka/outbox';
import type { EventProducer } from '#kafka/producer';
import type { KafkaTransport } from '#kafka/transport';
import { READINESS_CHECKS } from '#platform/health';
import type { Logger } from '#platform/logging';
import type { EvaluatorConfig } from './config.js';
import { DriftRepository } from './drift/drift.repository.js';
import { DriftService } from './drift/drift.service.js';
import { ReferenceModels } from './drift/reference-models.js';
import { ChampionRepository } from './holdout/champion.repository.js';
import { EvaluationService } from './holdout/evaluation.service.js';
import { EvaluationQueue } from './holdout/evaluation-queue.js';
import { EvaluationWorker } from './holdout/evaluation-worker.js';
import { HoldoutRepository } from './holdout/holdout.repository.js';
import { ModelTrainedController } from './holdout/model-trained.controller.js';
import { ReportRepository } from './holdout/report.repository.js';
import { ModelRules } from './model-rules.js';
import { AccuracyMetrics } from './monitoring/accuracy-metrics.js';
import { DesiredStateController } from './monitoring/desired-state.controller.js';
import { LiveMonitorService } from './monitoring/live-monitor.service.js';
import { MonitorRepository } from './monitoring/monitor.repository.js';
import { VersionRepository } from './monitoring/version.repository.js';
import { ARTIFACT_STORE, CLOCK, EVALUATOR_CONFIG, LOGGER, OUTBOX } from './tokens.js';

/** Everything from outside that the service needs, made in main.ts. */
export interface EvaluatorSurroundings {
  readonly config: EvaluatorConfig;
  readonly logger: Logger;
  readonly definitions: ReadonlyMap<string, ModelDefinition>;
  readonly dataSource: DataSource;
  readonly artifacts: ArtifactStore;
  readonly transport: KafkaTransport;
  readonly relay: OutboxRelay;
  readonly producer: EventProducer;
}

const SURROUNDINGS = Symbol('SURROUNDINGS');

@Module({})
export class EvaluatorModule implements OnApplicationShutdown {
  constructor(@Inject(SURROUNDINGS) private readonly surroundings: EvaluatorSurroundings) {}

  /** The loops and the consumer have stopped by now; what they left in the outbox goes out on the next start. */
  async onApplicationShutdown(): Promise<void> {
    await this.surroundings.relay.stop();
    await this.surroundings.producer.disconnect();
    await this.surroundings.dataSource.destroy();
  }

  static with(surroundings: EvaluatorSurroundings): DynamicModule {
    const { config, logger, definitions, dataSource, artifacts, transport } = surroundings;
    return {
      module: EvaluatorModule,
      controllers: [ModelTrainedController, DesiredStateController],
      providers: [
        { provide: SURROUNDINGS, useValue: surroundings },
        { provide: EVALUATOR_CONFIG, useValue: config },
        { provide: LOGGER, useValue: logger },
        { provide: CLOCK, useValue: () => new Date() },
        { provide: DataSource, useValue: dataSource },
        { provide: ARTIFACT_STORE, useValue: artifacts },
        { provide: PackageStore, useValue: new PackageStore(artifacts) },
        { provide: OUTBOX, useValue: new Outbox('evaluation') },
        { provide: ModelRules, useValue: new ModelRules(definitions) },
        {
          provide: READINESS_CHECKS,
          useValue: [
            { name: 'postgres', check: () => dataSource.query('select 1').then(() => null) },
            { name: 'kafka', check: () => transport.health() },
          ],
        },
        AccuracyMetrics,
        ChampionRepository,
        DriftRepository,
        DriftService,
        ReferenceModels,
        EvaluationQueue,
        EvaluationService,
        EvaluationWorker,
        HoldoutRepository,
        LiveMonitorService,
        MonitorRepository,
        ReportRepository,
        VersionRepository,
      ],
    };
  }
}
