import { type DynamicModule, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import type { Pool } from 'pg';
import type { DataSource } from 'typeorm';
import type { ModelDefinition } from '#contracts/model-definition';
import { Dataset } from '#database/feedback/dataset';
import { DeadLetterBox } from '#database/feedback/dead-letter-box';
import { ImportLog } from '#database/feedback/imports';
import { FeedbackStore } from '#database/feedback/store';
import { DatabaseTokenVerifier } from '#database/registry/token-verifier';
import { rulesOf } from '#domain/feedback/rules';
import type { Kafka } from '#kafka/connection';
import type { OutboxRelay } from '#kafka/outbox';
import { EventProducer } from '#kafka/producer';
import { RawProducer } from '#kafka/raw-producer';
import type { KafkaTransport } from '#kafka/transport';
import { TOKEN_VERIFIER } from '#platform/auth/auth';
import { READINESS_CHECKS } from '#platform/health';
import type { Logger } from '#platform/logging';
import { Collector } from './collect/collector.js';
import type { IngestConfig } from './config.js';
import { INGEST_CONFIG } from './config.js';
import { ConsumerController } from './consume/consumer.controller.js';
import { Ingest } from './consume/ingest.js';
import { SourcesController } from './consume/sources.controller.js';
import { StreamLag } from './consume/stream-lag.js';
import { StreamMetrics } from './consume/stream-metrics.js';
import { DatasetController } from './dataset/dataset.controller.js';
import { DatasetReport } from './dataset/dataset-report.js';
import { ShrinkWatch } from './dataset/shrink-watch.js';
import { DeadLettersController } from './dead-letters/dead-letters.controller.js';
import { DeadLetters } from './dead-letters/dead-letters.js';
import { FolderLoop } from './fold/folder-loop.js';
import { Importer } from './imports/import-file.js';
import { ImportsController } from './imports/imports.controller.js';
import { DEFINITIONS, FEEDBACK_RULES, KAFKA, LOGGER, POOL, STREAM_STORE } from './tokens.js';

/** Everything from outside that the service needs, made in main.ts. */
export interface IngestSurroundings {
  readonly config: IngestConfig;
  readonly logger: Logger;
  readonly definitions: ReadonlyMap<string, ModelDefinition>;
  readonly pool: Pool;
  /** For what comes from Kafka: gives up on transactions that stand still. */
  readonly streamPool: Pool;
  readonly streamStore: FeedbackStore;
  readonly dataSource: DataSource;
  readonly kafka: Kafka;
  readonly transport: KafkaTransport;
  readonly relay: OutboxRelay;
  readonly producer: EventProducer;
}

const SURROUNDINGS = Symbol('SURROUNDINGS');

@Module({})
export class IngestModule implements OnApplicationShutdown {
  constructor(
    @Inject(SURROUNDINGS) private readonly surroundings: IngestSurroundings,
    @Inject(FolderLoop) private readonly folder: FolderLoop,
    @Inject(RawProducer) private readonly replayer: RawProducer,
    @Inject(ShrinkWatch) private readonly shrinkWatch: ShrinkWatch,
    @Inject(StreamMetrics) private readonly metrics: StreamMetrics,
  ) {}

  /** The consumer has stopped by now; what still uses Postgres ends before its connections do. */
  async onApplicationShutdown(): Promise<void> {
    await this.shrinkWatch.stop();
    await this.metrics.stop();
    await this.folder.stop();
    await this.surroundings.relay.stop();
    await this.surroundings.producer.disconnect();
    await this.replayer.disconnect();
    await this.surroundings.pool.end();
    await this.surroundings.streamPool.end();
    await this.surroundings.dataSource.destroy();
  }

  static with(surroundings: IngestSurroundings): DynamicModule {
    const { config, logger, definitions, pool, streamStore, dataSource, kafka, transport } = surroundings;
    const replayer = new RawProducer(kafka);
    return {
      module: IngestModule,
      controllers: [ConsumerController, DatasetController, DeadLettersController, ImportsController, SourcesController],
      providers: [
        { provide: SURROUNDINGS, useValue: surroundings },
        { provide: INGEST_CONFIG, useValue: config },
        { provide: LOGGER, useValue: logger },
        { provide: DEFINITIONS, useValue: definitions },
        { provide: FEEDBACK_RULES, useValue: rulesOf(definitions.values()) },
        { provide: EventProducer, useValue: surroundings.producer },
        { provide: Dataset, useValue: new Dataset(pool) },
        DatasetReport,
        ShrinkWatch,
        { provide: POOL, useValue: pool },
        { provide: KAFKA, useValue: kafka },
        { provide: RawProducer, useValue: replayer },
        { provide: DeadLetterBox, useValue: new DeadLetterBox(pool) },
        DeadLetters,
        { provide: FeedbackStore, useValue: new FeedbackStore(pool) },
        { provide: STREAM_STORE, useValue: streamStore },
        { provide: TOKEN_VERIFIER, useValue: new DatabaseTokenVerifier(dataSource) },
        {
          provide: READINESS_CHECKS,
          useValue: [
            { name: 'postgres', check: () => pool.query('select 1').then(() => null) },
            { name: 'kafka', check: () => transport.health() },
          ],
        },
        { provide: ImportLog, useValue: new ImportLog(pool) },
        Collector,
        FolderLoop,
        Importer,
        Ingest,
        StreamLag,
        StreamMetrics,
      ],
    };
  }
}
