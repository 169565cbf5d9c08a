import { type DynamicModule, Module } from '@nestjs/common';
import { PackageStore } from '#artifacts/package-store';
import type { ArtifactStore } from '#artifacts/store';
import { MODEL_DEFINITIONS } from '#backbone/keys';
import type { ModelDefinition } from '#contracts/model-definition';
import type { EvaluatorConfig } from './config.js';
import { DriftService } from './drift/drift.service.js';
import { ReferenceModels } from './drift/reference-models.js';
import { EvaluationService } from './holdout/evaluation.service.js';
import { EvaluationWorker } from './holdout/evaluation-worker.js';
import { HoldoutRepository } from './holdout/holdout.repository.js';
import { ModelTrainedController } from './holdout/model-trained.controller.js';
import { ReportRepository } from './holdout/report.repository.js';
import { ARTIFACT_STORE, EVALUATOR_CONFIG } from './keys.js';
import { ModelRules } from './model-rules.js';
import { AccuracyMetrics } from './monitoring/accuracy-metrics.js';
import { DesiredStateController } from './monitoring/desired-state.controller.js';
import { LiveMonitorService } from './monitoring/live-monitor.service.js';
import { RecoveryService } from './monitoring/recovery.service.js';
import { ChampionStore } from './storage/champion-store.js';
import { DriftStore } from './storage/drift-store.js';
import { DropStore } from './storage/drop-store.js';
import { EvaluationQueue } from './storage/evaluation-queue.js';
import { EvaluationStore } from './storage/evaluation-store.js';
import { MonitorStore } from './storage/monitor-store.js';
import { VersionStore } from './storage/version-store.js';

export interface EvaluatorParts {
  readonly config: EvaluatorConfig;
  readonly artifacts: ArtifactStore;
}

@Module({})
class EvaluatorModule {}

export function evaluatorModule({ config, artifacts }: EvaluatorParts): DynamicModule {
  return {
    module: EvaluatorModule,
    controllers: [ModelTrainedController, DesiredStateController],
    providers: [
      { provide: EVALUATOR_CONFIG, useValue: config },
      { provide: ARTIFACT_STORE, useValue: artifacts },
      { provide: PackageStore, useValue: new PackageStore(artifacts) },
      {
        provide: ModelRules,
        inject: [MODEL_DEFINITIONS],
        useFactory: (definitions: ReadonlyMap<string, ModelDefinition>) => new ModelRules(definitions),
      },
      AccuracyMetrics,
      ChampionStore,
      DriftStore,
      DriftService,
      DropStore,
      ReferenceModels,
      EvaluationQueue,
      EvaluationService,
      EvaluationStore,
      EvaluationWorker,
      HoldoutRepository,
      LiveMonitorService,
      MonitorStore,
      RecoveryService,
      ReportRepository,
      VersionStore,
    ],
  };
}
