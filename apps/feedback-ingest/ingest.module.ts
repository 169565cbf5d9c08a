import { type DynamicModule, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import type { Pool } from 'pg';
import type { DataSource } from 'typeorm';
import { ImportLog } from '#database/feedback/imports';
import { FeedbackStore } from '#database/feedback/store';
import { DatabaseTokenVerifier } from '#database/registry/token-verifier';
import type { FeedbackRules } from '#domain/feedback/rules';
import type { OutboxRelay } from '#kafka/outbox';
import type { EventProducer } from '#kafka/producer';
import type { KafkaTransport } from '#kafka/transport';
import { TOKEN_VERIFIER } from '#platform/auth/auth';
import { READINESS_CHECKS } from '#platform/health';
import type { Logger } from '#platform/logging';
import { Collector } from './collect/collector.js';
import type { IngestConfig } from './config.js';
import { INGEST_CONFIG } from './config.js';
import { ConsumerController } from './consume/consumer.controller.js';
import { Ingest } from './consume/ingest.js';
import { FolderLoop } from './fold/folder-loop.js';
import { Importer } from './imports/import-file.js';
import { FEEDBACK_RULES, LOGGER, POOL } from './tokens.js';

/** Everything from outside that the service needs, made in main.ts. */
export interface IngestSurroundings {
  readonly config: IngestConfig;
  readonly logger: Logger;
  readonly rules: FeedbackRules;
  readonly pool: Pool;
  readonly dataSource: DataSource;
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
  ) {}

  /** The consumer has stopped by now; what still uses Postgres ends before its connections do. */
  async onApplicationShutdown(): Promise<void> {
    await this.folder.stop();
    await this.surroundings.relay.stop();
    await this.surroundings.producer.disconnect();
    await this.surroundings.pool.end();
    await this.surroundings.dataSource.destroy();
  }

  static with(surroundings: IngestSurroundings): DynamicModule {
    const { config, logger, rules, pool, dataSource, transport } = surroundings;
    return {
      module: IngestModule,
      controllers: [ConsumerController],
      providers: [
        { provide: SURROUNDINGS, useValue: surroundings },
        { provide: INGEST_CONFIG, useValue: config },
        { provide: LOGGER, useValue: logger },
        { provide: FEEDBACK_RULES, useValue: rules },
        { provide: POOL, useValue: pool },
        { provide: FeedbackStore, useValue: new FeedbackStore(pool) },
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
      ],
    };
  }
}
