import { type DynamicModule, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { type ArtifactStore, openArtifactStore } from '#artifacts/store';
import { createDataSource } from '#database/data-source';
import { entities } from '#database/registry/index';
import { DatabaseTokenVerifier } from '#database/registry/token-verifier';
import type { Kafka } from '#kafka/connection';
import { Outbox, OutboxRelay } from '#kafka/outbox';
import { EventProducer } from '#kafka/producer';
import type { KafkaTransport } from '#kafka/transport';
import { TOKEN_VERIFIER } from '#platform/auth/auth';
import { READINESS_CHECKS, type ReadinessCheck } from '#platform/health';
import type { Logger } from '#platform/logging';
import { loadModelDefinitions } from '#platform/model-definitions';
import { TokensController } from './access/tokens.controller.js';
import { Tokens } from './access/tokens.service.js';
import { AlertDelivery } from './alerts/alert-delivery.js';
import { AlertUpkeep } from './alerts/alert-upkeep.js';
import { AuditController } from './audit/audit.controller.js';
import { BackupFindings } from './backups/backup-findings.js';
import { BackupKeeper } from './backups/backup-keeper.js';
import { BackupsController } from './backups/backups.controller.js';
import { Backups } from './backups/backups.service.js';
import { PackageCopies } from './backups/package-copies.js';
import { REGISTRY_CONFIG, type RegistryConfig } from './config.js';
import { AcknowledgementsController } from './deployments/acknowledgements.controller.js';
import { CommandsController } from './deployments/commands.controller.js';
import { Commands } from './deployments/commands.service.js';
import { Decisions } from './deployments/decisions.service.js';
import { DeploymentsController } from './deployments/deployments.controller.js';
import { Drills } from './deployments/drills.service.js';
import { Hearing } from './deployments/hearing.js';
import { PresenceController } from './deployments/presence.controller.js';
import { Presence } from './deployments/presence.js';
import { Ticker } from './deployments/ticker.js';
import { DeploymentListener } from './events/deployment-listener.js';
import { EventFeed } from './events/event-feed.js';
import { EventsController } from './events/events.controller.js';
import { KafkaEventsController } from './events/kafka-events.controller.js';
import { FeedbackGatewayController } from './feedback/feedback-gateway.controller.js';
import { FeedbackGateway } from './feedback/feedback-gateway.js';
import { OpenApiController } from './openapi.controller.js';
import { Retention } from './retention/retention.js';
import { CanaryObserver } from './rollout/canary-observer.js';
import { CanaryWatch } from './rollout/canary-watch.js';
import { RolloutController } from './rollout/rollout.controller.js';
import { Rollout } from './rollout/rollout.service.js';
import { DatasetRows } from './status/dataset-rows.js';
import { LoopMetrics } from './status/loop-metrics.js';
import { MetricsController } from './status/metrics.controller.js';
import { ModelDirectory } from './status/model-directory.js';
import { StatusController } from './status/status.controller.js';
import { StatusReader } from './status/status.service.js';
import { AccuracyStore } from './storage/accuracy-store.js';
import { AlertDeliveryStore } from './storage/alert-delivery-store.js';
import { AlertStore } from './storage/alert-store.js';
import { AuditStore } from './storage/audit-store.js';
import { BackupStore } from './storage/backup-store.js';
import { CommandStore } from './storage/command-store.js';
import { DeploymentStore } from './storage/deployment-store.js';
import { EffectStore } from './storage/effect-store.js';
import { ModelStore } from './storage/model-store.js';
import { OutcomeStore } from './storage/outcome-store.js';
import { RunStore } from './storage/run-store.js';
import { TokenStore } from './storage/token-store.js';
import { VersionStore } from './storage/version-store.js';
import { ARTIFACT_STORE, BACKUP_STORE, BROADCAST, GROUP, LOGGER, MODEL_DEFINITIONS, OUTBOX } from './tokens.js';
import { RunsController } from './training/runs.controller.js';
import { DefinitionSource } from './versions/definition-source.js';
import { Importance } from './versions/importance.js';
import { Registration } from './versions/registration.service.js';
import { TrainingEventsController } from './versions/training-events.controller.js';
import { VersionReader } from './versions/version-reader.js';
import { VersionsController } from './versions/versions.controller.js';

/** What main.ts has made before Nest begins. */
export interface RegistryParts {
  config: RegistryConfig;
  logger: Logger;
  kafka: Kafka;
  group: KafkaTransport;
  broadcast: KafkaTransport;
}

@Module({})
export class RegistryModule implements OnApplicationShutdown {
  constructor(
    @Inject(OutboxRelay) private readonly relay: OutboxRelay,
    @Inject(EventProducer) private readonly producer: EventProducer,
    @Inject(DataSource) private readonly dataSource: DataSource,
  ) {}

  /** Last of all: by now nothing decides any more. */
  async onApplicationShutdown(): Promise<void> {
    await this.relay.stop();
    await this.producer.disconnect();
    await this.dataSource.destroy();
  }

  static with({ config, logger, kafka, group, broadcast }: RegistryParts): DynamicModule {
    const readiness = (dataSource: DataSource): ReadinessCheck[] => [
      { name: 'kafka', check: () => group.health() ?? broadcast.health() },
      { name: 'postgres', check: () => dataSource.query('select 1').then(() => null) },
    ];
    return {
      module: RegistryModule,
      controllers: [
        AcknowledgementsController,
        AuditController,
        BackupsController,
        CommandsController,
        DeploymentsController,
        EventsController,
        FeedbackGatewayController,
        KafkaEventsController,
        MetricsController,
        OpenApiController,
        PresenceController,
        RolloutController,
        RunsController,
        StatusController,
        TokensController,
        TrainingEventsController,
        VersionsController,
      ],
      providers: [
        { provide: REGISTRY_CONFIG, useValue: config },
        { provide: LOGGER, useValue: logger },
        { provide: BROADCAST, useValue: broadcast },
        { provide: GROUP, useValue: group },
        Hearing,
        { provide: OUTBOX, useFactory: () => new Outbox('registry') },
        { provide: MODEL_DEFINITIONS, useFactory: () => loadModelDefinitions(config.MODELS_DIR) },
        {
          provide: BACKUP_STORE,
          useFactory: (): ArtifactStore | null =>
            config.BACKUP_ARTIFACTS_URL === undefined
              ? null
              : openArtifactStore({ ...config, ARTIFACTS_URL: config.BACKUP_ARTIFACTS_URL }),
        },
        { provide: ARTIFACT_STORE, useFactory: (): ArtifactStore => openArtifactStore(config) },
        {
          provide: DataSource,
          useFactory: () =>
            createDataSource(config.DATABASE_URL, {
              entities,
              poolSize: config.DATABASE_POOL_SIZE,
              applicationName: 'ratchet-registry',
            }).initialize(),
        },
        {
          provide: EventProducer,
          useFactory: () => new EventProducer({ kafka, source: 'ratchet/registry', logger }),
        },
        {
          provide: OutboxRelay,
          inject: [EventProducer],
          useFactory: (publisher: EventProducer) => {
            const relay = new OutboxRelay({ databaseUrl: config.DATABASE_URL, schema: 'registry', publisher, logger });
            relay.start();
            return relay;
          },
        },
        {
          provide: TOKEN_VERIFIER,
          inject: [DataSource],
          useFactory: (dataSource: DataSource) => new DatabaseTokenVerifier(dataSource),
        },
        { provide: READINESS_CHECKS, inject: [DataSource], useFactory: readiness },
        AlertDelivery,
        AlertDeliveryStore,
        AccuracyStore,
        AlertStore,
        AlertUpkeep,
        AuditStore,
        BackupFindings,
        BackupKeeper,
        Backups,
        BackupStore,
        CommandStore,
        CanaryObserver,
        CanaryWatch,
        Commands,
        DatasetRows,
        Decisions,
        DefinitionSource,
        DeploymentListener,
        DeploymentStore,
        Drills,
        EffectStore,
        EventFeed,
        FeedbackGateway,
        Importance,
        LoopMetrics,
        ModelDirectory,
        ModelStore,
        PackageCopies,
        Presence,
        Registration,
        Retention,
        OutcomeStore,
        Rollout,
        RunStore,
        StatusReader,
        Ticker,
        TokenStore,
        Tokens,
        VersionReader,
        VersionStore,
      ],
    };
  }
}
