import { type DynamicModule, Module } from '@nestjs/common';
import { openArtifactStore } from '#artifacts/store';
import type { KafkaTransport } from '#kafka/transport';
import { AccessModule } from './access/access.module.js';
import { AlertsModule } from './alerts/alerts.module.js';
import { AuditModule } from './audit/audit.module.js';
import { BackupsModule } from './backups/backups.module.js';
import { REGISTRY_CONFIG, type RegistryConfig } from './config.js';
import { DefinitionsModule } from './definitions/definitions.module.js';
import { DeploymentsModule } from './deployments/deployments.module.js';
import { EventsModule } from './events/events.module.js';
import { FeedbackModule } from './feedback/feedback.module.js';
import { ARTIFACT_STORE, BACKUP_STORE, BROADCAST, GROUP } from './keys.js';
import { LabelsModule } from './labels/labels.module.js';
import { OpenApiController } from './openapi.controller.js';
import { ReconciliationModule } from './reconciliation/reconciliation.module.js';
import { RetentionModule } from './retention/retention.module.js';
import { RolloutModule } from './rollout/rollout.module.js';
import { StatusModule } from './status/status.module.js';
import { StorageModule } from './storage/storage.module.js';
import { TrainingModule } from './training/training.module.js';
import { VersionsModule } from './versions/versions.module.js';

/** What main.ts has made before Nest begins. */
export interface RegistryParts {
  readonly config: RegistryConfig;
  readonly group: KafkaTransport;
  readonly broadcast: KafkaTransport;
}

/** What every feature may ask for beside the stores and the backbone. */
@Module({})
class PartsModule {}

@Module({
  imports: [
    AccessModule,
    AlertsModule,
    AuditModule,
    BackupsModule,
    DefinitionsModule,
    DeploymentsModule,
    EventsModule,
    FeedbackModule,
    LabelsModule,
    ReconciliationModule,
    RetentionModule,
    RolloutModule,
    StatusModule,
    StorageModule,
    TrainingModule,
    VersionsModule,
  ],
  controllers: [OpenApiController],
})
class RegistryModule {}

export function registryModule({ config, group, broadcast }: RegistryParts): DynamicModule {
  const backups = config.BACKUP_ARTIFACTS_URL;
  const parts = [
    { provide: REGISTRY_CONFIG, useValue: config },
    { provide: GROUP, useValue: group },
    { provide: BROADCAST, useValue: broadcast },
    { provide: ARTIFACT_STORE, useValue: openArtifactStore(config) },
    {
      provide: BACKUP_STORE,
      useValue: backups === undefined ? null : openArtifactStore({ ...config, ARTIFACTS_URL: backups }),
    },
  ];
  const keys = parts.map(({ provide }) => provide);
  return {
    module: RegistryModule,
    imports: [{ module: PartsModule, global: true, providers: parts, exports: keys }],
  };
}
