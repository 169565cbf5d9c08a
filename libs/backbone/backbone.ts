import { setTimeout as pause } from 'node:timers/promises';
import type { DynamicModule, Provider, Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Pool } from 'pg';
import { DataSource } from 'typeorm';
import type { z } from 'zod';
import type { ServiceName } from '#contracts/http/services';
import { createDataSource, type DataSourceOptions, poolOf } from '#database/data-source';
import { DatabaseTokenVerifier } from '#database/registry/token-verifier';
import { missingMigrations } from '#database/schema';
import { answering } from '#http/server/answering';
import { createKafka, type Kafka } from '#kafka/client/connection';
import { ConsumerHealth, consumerHealth } from '#kafka/consume/consumer-health';
import { ConsumerReports } from '#kafka/consume/consumer-reports';
import { Parking } from '#kafka/consume/parking';
import { EventProducer } from '#kafka/produce/producer';
import { RawProducer } from '#kafka/produce/raw-producer';
import { KafkaTransport, type TransportOptions } from '#kafka/transport';
import { Outbox } from '#outbox/outbox';
import { OutboxRelay } from '#outbox/outbox-relay';
import { TOKEN_VERIFIER } from '#platform/auth/auth';
import { EXIT_BAD_CONFIG, type HttpEnv, type KafkaEnv, loadConfig } from '#platform/config';
import {
  LIVENESS_CHECKS,
  type LivenessCheck,
  READINESS_CHECKS,
  READINESS_DETAILS,
  type ReadinessCheck,
  type ReadinessDetails,
} from '#platform/health';
import { LiveDefinitions } from '#platform/live-definitions';
import { createLogger, type Logger } from '#platform/logging';
import type { Loop } from '#platform/loop/loop';
import { loadModelDefinitions } from '#platform/model-definitions';
import { type ServiceOptions, startService } from '#platform/service';
import { backboneModule } from './backbone-module.js';
import { DefinitionsController } from './definitions.controller.js';
import { InstallationClaim } from './installation-claim.js';
import { CLOCK, KAFKA, LOGGER, MODEL_DEFINITIONS, OUTBOX, POOL } from './keys.js';

/** Kafka or Postgres being away must not keep a service from ending. */
const CLOSE_MS = 3_000;
/** Between looks for the tables. */
const FIRST_LOOK_MS = 500;
const LAST_LOOK_MS = 5_000;

/** What every service's configuration has. */
export type BackboneConfig = HttpEnv &
  KafkaEnv & { readonly LOG_LEVEL: string; readonly DEAF_SECONDS: number; readonly MODELS_DIR: string };

export interface BackboneOptions {
  /** What the service is called in its log, on Kafka and in Postgres; it answers the operations of that name. */
  readonly name: ServiceName;
  /** Which of several like it this is. */
  readonly instance?: string;
}

/** What a service with a schema in Postgres has of it. */
export interface DatabaseParts {
  readonly dataSource: DataSource;
  readonly pool: Pool;
  readonly outbox: Outbox;
}

export type RunOptions = Pick<
  ServiceOptions,
  'configure' | 'measureRequests' | 'beforeListening' | 'bodyLimit' | 'listens'
> & {
  /** Instead of "Postgres and Kafka are there". */
  readonly readiness?: 'its own';
  /** Beside "its consumers hear". */
  readonly liveness?: readonly LivenessCheck[];
  /** What readiness tells beside what its consumers hear. */
  readonly details?: ReadinessDetails;
};

/**
 * What every service needs, opened one after the other and closed the other way round, when nothing uses it any more: log, Kafka,
 * producers, consumers, Postgres with its outbox and relay. `run` gives all of it to the service's modules.
 */
export class Backbone<C extends BackboneConfig> {
  readonly logger: Logger;
  readonly kafka: Kafka;
  /** For events that need no transaction. */
  readonly producer: EventProducer;
  readonly loops: Loop[] = [];
  private readonly transports: KafkaTransport[] = [];
  private readonly providers: Provider[] = [];
  private readonly controllers: Type[] = [];
  private readonly checks: ReadinessCheck[] = [];
  private readonly clientId: string;
  /** Of a service with a database; one without obeys whoever writes the topics. */
  private claim: InstallationClaim | null = null;
  private readonly opened: { readonly what: string; readonly close: () => Promise<void> }[] = [];

  constructor(
    readonly config: C,
    private readonly options: BackboneOptions,
  ) {
    const { name, instance } = options;
    const log = createLogger(name, config.LOG_LEVEL);
    this.logger = instance === undefined ? log : log.child({ instance });
    this.clientId = instance === undefined ? `ratchet-${name}` : `${name}-${instance}`;
    this.kafka = createKafka(config, this.clientId, this.logger, async () => this.claim?.admit());
    this.producer = this.newProducer();
  }

  /** Reads the configuration first, which ends the process when it is wrong. */
  static of<S extends z.ZodType<BackboneConfig>>(schema: S, options: BackboneOptions): Backbone<z.infer<S>> {
    return new Backbone(loadConfig(schema), options);
  }

  /** A producer of its own, for what must not wait behind other messages. */
  newProducer(): EventProducer {
    const { name, instance } = this.options;
    const source = ['ratchet', name, ...(instance === undefined ? [] : [instance])].join('/');
    const producer = new EventProducer({ kafka: this.kafka, source, logger: this.logger });
    return this.keep('producer', producer, () => producer.disconnect());
  }

  newRawProducer(): RawProducer {
    const producer = new RawProducer(this.kafka);
    return this.keep('producer', producer, () => producer.disconnect());
  }

  /** A consumer; Nest starts it when the service is up, and stops it first of all. */
  consume(options: Omit<TransportOptions, 'kafka' | 'logger'>): KafkaTransport {
    const transport = new KafkaTransport({ kafka: this.kafka, logger: this.logger, ...options });
    this.transports.push(transport);
    return transport;
  }

  /** Connects to Postgres; what is put into the schema's outbox is published from then on. Waits for its migrations; throws when Postgres is away. */
  async openDatabase(
    { DATABASE_URL, DATABASE_POOL_SIZE }: { readonly DATABASE_URL: string; readonly DATABASE_POOL_SIZE: number },
    schema: string,
    entities: DataSourceOptions['entities'] = [],
  ): Promise<DatabaseParts> {
    const { logger } = this;
    const dataSource = createDataSource(DATABASE_URL, {
      entities,
      poolSize: DATABASE_POOL_SIZE,
      applicationName: `ratchet-${this.options.name}`,
      onLost: (error) => logger.warn({ err: error }, 'a connection to Postgres was lost'),
    });
    await dataSource.initialize();
    this.keep('pool', dataSource, () => dataSource.destroy());
    await this.migrated(poolOf(dataSource));
    this.claim = this.claimOf(poolOf(dataSource));
    const parking = new Parking(`outbox ${schema}`, this.newRawProducer(), logger);
    const relay = new OutboxRelay({ databaseUrl: DATABASE_URL, schema, publisher: this.producer, parking, logger });
    this.keep('relay', relay, () => relay.stop());
    this.loops.push(relay.loop);
    const parts = { dataSource, pool: poolOf(dataSource), outbox: new Outbox(schema) };
    this.checks.push({ name: 'postgres', check: () => parts.pool.query('select 1').then(() => null) });
    this.providers.push(
      { provide: DataSource, useValue: dataSource },
      { provide: POOL, useValue: parts.pool },
      { provide: OUTBOX, useValue: parts.outbox },
      { provide: TOKEN_VERIFIER, useValue: new DatabaseTokenVerifier(dataSource) },
    );
    return parts;
  }

  /**
   * Knows the models as they are defined, now and later.
   *
   * @param from `files`: of MODELS_DIR at first, which ends the process when one is wrong; `topic`: only what was published
   * @param reader a broadcast consumer that is there already; one of its own if left out
   */
  followModelDefinitions(from: 'files' | 'topic', reader?: Pick<KafkaTransport, 'caughtUp'>): LiveDefinitions {
    const definitions = new LiveDefinitions(
      from === 'files' ? loadModelDefinitions(this.config.MODELS_DIR) : new Map(),
    );
    const transport = reader ?? this.consume({ group: `ratchet.${this.options.name}.watch`, mode: 'broadcast' });
    definitions.readBy(() => transport.caughtUp());
    this.providers.push(
      { provide: MODEL_DEFINITIONS, useValue: definitions },
      { provide: LiveDefinitions, useValue: definitions },
    );
    this.controllers.push(DefinitionsController);
    return definitions;
  }

  /** Takes care that something else is closed in its turn. */
  keep<T>(what: string, part: T, close: () => Promise<void>): T {
    this.opened.push({ what, close });
    return part;
  }

  /** Runs the service until it is told to stop. */
  run(
    module: DynamicModule,
    { readiness, liveness = [], details = {}, ...options }: RunOptions = {},
  ): Promise<NestFastifyApplication> {
    const { config, logger } = this;
    const consumers = consumerHealth(this.kafka, this.transports, config.DEAF_SECONDS);
    const reports = new ConsumerReports(this.kafka, this.transports, logger);
    this.loops.push(reports.loop);
    this.checks.push({ name: 'kafka', check: () => consumers.trouble() });
    const providers: Provider[] = [
      { provide: LOGGER, useValue: logger },
      { provide: CLOCK, useValue: () => new Date() },
      { provide: KAFKA, useValue: this.kafka },
      { provide: EventProducer, useValue: this.producer },
      { provide: ConsumerHealth, useValue: consumers },
      {
        provide: READINESS_DETAILS,
        useValue: { consumers: () => reports.report(), ...details } satisfies ReadinessDetails,
      },
      { provide: LIVENESS_CHECKS, useValue: [{ name: 'kafka', check: () => consumers.lost() }, ...liveness] },
      ...(readiness === undefined ? [{ provide: READINESS_CHECKS, useValue: this.checks }] : []),
      ...this.providers,
    ];
    return startService({
      name: this.options.name,
      operations: answering(this.options.name),
      module: backboneModule(this, { providers, controllers: this.controllers }, module),
      config,
      logger,
      transports: this.transports,
      ...options,
    });
  }

  /** A service that comes first waits for its tables: whoever starts everything at once need not order it. */
  private async migrated(pool: Pool): Promise<void> {
    for (let pauseMs = FIRST_LOOK_MS; ; pauseMs = Math.min(2 * pauseMs, LAST_LOOK_MS)) {
      const missing = await missingMigrations(pool);
      if (missing === 0) return;
      this.logger.warn(
        { missing, retry_in_ms: pauseMs },
        `the database lacks ${missing} migrations of this release: run node dist/libs/database/migrate.js; this service starts as soon as they have run`,
      );
      await pause(pauseMs);
    }
  }

  private claimOf(pool: Pool): InstallationClaim {
    const { config, logger } = this;
    const { name: service } = this.options;
    const kafka = createKafka(config, this.clientId, logger);
    const producer = new EventProducer({ kafka, source: `ratchet/${service}`, logger });
    this.keep('producer', producer, () => producer.disconnect());
    const refuse = (sentence: string): void => {
      logger.fatal(sentence);
      process.stderr.write(`configuration: ${sentence}\n`);
      process.exit(EXIT_BAD_CONFIG);
    };
    const groups = (): string[] => this.transports.flatMap(({ group }) => group ?? []);
    return new InstallationClaim({ kafka, producer, pool, service, groups, config, logger, refuse });
  }

  /** The last opened first; what does not close in peace is told and left. */
  async close(): Promise<void> {
    for (const { what, close } of this.opened.splice(0).reverse())
      await Promise.race([close(), pause(CLOSE_MS, undefined, { ref: false })]).catch((error: unknown) =>
        this.logger.warn({ err: error, what }, 'did not close cleanly'),
      );
  }
}
