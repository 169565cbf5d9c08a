import { DataSource, type EntitySchema, type MixedList } from 'typeorm';
import * as evaluation from './evaluation/index.js';
import * as feedback from './feedback/index.js';
import * as registry from './registry/index.js';
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
}

/** A service's connection pool. It never changes the schema; `migrate` does. */
export function createDataSource(databaseUrl: string, options: DataSourceOptions): DataSource {
  return new DataSource({
    type: 'postgres',
    url: databaseUrl,
    entities: options.entities,
    synchronize: false,
    logging: false,
    poolSize: options.poolSize ?? 10,
    applicationName: options.applicationName ?? 'ratchet',
    // Times are instants; everything is stored and compared in UTC.
    extra: { options: '-c timezone=UTC', keepAlive: true },
  });
}

/** Any fixed number: one migration runs at a time, the others wait for it. */
const MIGRATION_LOCK = 20_260_101;

/** Brings a database to the newest schema; returns the names of the migrations that ran. */
export async function migrate(databaseUrl: string): Promise<string[]> {
  const source = new DataSource({
    type: 'postgres',
    url: databaseUrl,
    migrations: MIGRATIONS,
    migrationsTableName: MIGRATIONS_TABLE,
  });
  await source.initialize();
  try {
    const lock = source.createQueryRunner();
    await lock.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    try {
      const done = await source.runMigrations({ transaction: 'each' });
      return done.map((migration) => migration.name);
    } finally {
      await lock.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]);
      await lock.release();
    }
  } finally {
    await source.destroy();
  }
}
