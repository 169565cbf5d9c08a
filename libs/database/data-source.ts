import pg from 'pg';
import { DataSource, type EntityManager, type EntitySchema, MigrationExecutor, type MixedList } from 'typeorm';
import { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import { poolFor } from './connect.js';
import * as evaluation from './evaluation/index.js';
import * as feedback from './feedback/index.js';
import { applyFunctions } from './functions.js';
import { nameInstallation } from './installation.js';
import * as registry from './registry/index.js';
import { ENDS_WHEN_FROZEN, FROZEN_AFTER_MS } from './standing-still.js';
import * as training from './training/index.js';

/** Every migration of every schema, oldest first by its time stamp. */
export const MIGRATIONS = [
  ...feedback.migrations,
  ...training.migrations,
  ...evaluation.migrations,
  ...registry.migrations,
];

/** Where it is written down which of them ran. */
export const MIGRATIONS_TABLE = 'ratchet_migrations';

// biome-ignore lint/complexity/noBannedTypes: TypeORM declares entity classes as Function.
type Entities = MixedList<Function | string | EntitySchema>;

export interface DataSourceOptions {
  /** The service's own entities. */
  entities: Entities;
  /** Connections held at most. */
  poolSize?: number;
  applicationName?: string;
  /** Told of a connection that broke while nobody used it; the next query gets another. */
  onLost?: (error: unknown) => void;
}

/** A service's connection pool. It never changes the schema; `migrate` does. */
export function createDataSource(databaseUrl: string, options: DataSourceOptions): DataSource {
  const { url, extra } = poolFor(databaseUrl);
  return new DataSource({
    type: 'postgres',
    url,
    entities: options.entities,
    synchronize: false,
    logging: false,
    poolSize: options.poolSize ?? 10,
    applicationName: options.applicationName ?? 'ratchet',
    ...(options.onLost && { poolErrorHandler: options.onLost }),
    // Times are instants; everything is stored and compared in UTC. What looks once in 30 seconds needs no new connection each time.
    extra: { idleTimeoutMillis: 60_000, options: `-c timezone=UTC ${ENDS_WHEN_FROZEN}`, keepAlive: true, ...extra },
  });
}

/**
 * The connections of an initialized data source, for what TypeORM has no words for: COPY, and several statements in one
 * text. A service has this one pool.
 */
export function poolOf({ driver }: DataSource): pg.Pool {
  if (!(driver instanceof PostgresDriver) || !(driver.master instanceof pg.Pool))
    throw new Error('This data source has no pool of Postgres connections. Initialize it first.');
  const pool = driver.master;
  if (!heard.has(pool)) {
    heard.add(pool);
    // A connection that breaks in use fails its query, and tells of it as well: unheard, that would end the process. The pool's
    // own listener is still there when it says `acquire`, and gone a moment later.
    pool.on('acquire', (client) => {
      if (heard.has(client)) return;
      heard.add(client);
      client.on('error', () => undefined);
    });
  }
  return pool;
}

/** Pools and connections that are listened to. */
const heard = new WeakSet<object>();

/** Any fixed number: one migration runs at a time, the others wait for it. */
const MIGRATION_LOCK = 20_260_101;

/**
 * Brings a database to the newest schema; returns the names of the migrations that ran and of the functions that changed. All of it on
 * the connection that holds the lock: who stands still in the midst of it loses both, and cannot go on beside whoever took over.
 */
export async function migrate(databaseUrl: string): Promise<string[]> {
  const { url, extra } = poolFor(databaseUrl);
  const source = new DataSource({
    type: 'postgres',
    url,
    migrations: MIGRATIONS,
    migrationsTableName: MIGRATIONS_TABLE,
    extra: { options: `${ENDS_WHEN_FROZEN} -c idle_session_timeout=${FROZEN_AFTER_MS}`, keepAlive: true, ...extra },
  });
  await source.initialize();
  const runner = source.createQueryRunner();
  const inTransaction = async <T>(work: (manager: EntityManager) => Promise<T>): Promise<T> => {
    await runner.startTransaction();
    try {
      const result = await work(runner.manager);
      await runner.commitTransaction();
      return result;
    } catch (error) {
      await runner.rollbackTransaction().catch(() => undefined);
      throw error;
    }
  };
  try {
    await runner.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    const executor = new MigrationExecutor(source, runner);
    executor.transaction = 'each';
    const done = await executor.executePendingMigrations();
    await inTransaction(nameInstallation);
    const functions = await inTransaction(applyFunctions);
    return [...done.map((migration) => migration.name), ...functions];
  } finally {
    // Closed with the pool, and the lock with it.
    await runner.release().catch(() => undefined);
    await source.destroy();
  }
}
