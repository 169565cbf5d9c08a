import { Client } from 'pg';
import { MIGRATIONS, MIGRATIONS_TABLE } from './data-source.js';

export interface DatabaseState {
  /** Like "18.0". */
  readonly serverVersion: string;
  readonly now: Date;
  /** Migrations of this release that have not run, oldest first. */
  readonly pending: readonly string[];
  /** Migrations that ran and that this release does not know: the database belongs to a newer one. */
  readonly unknown: readonly string[];
}

/** Looks at a database without changing it. Throws the driver's error when it cannot be reached. */
export async function inspectDatabase(databaseUrl: string): Promise<DatabaseState> {
  const client = new Client({ connectionString: databaseUrl, connectionTimeoutMillis: 5_000 });
  await client.connect();
  try {
    const {
      rows: [server],
    } = await client.query<{ version: string; now: Date; migrated: boolean }>(
      `select current_setting('server_version') as version, clock_timestamp() as now, to_regclass('${MIGRATIONS_TABLE}') is not null as migrated`,
    );
    const done = server?.migrated
      ? (await client.query<{ name: string }>(`select name from ${MIGRATIONS_TABLE} order by id`)).rows.map(
          (r) => r.name,
        )
      : [];
    const known = MIGRATIONS.map((migration) => migration.name);
    return {
      serverVersion: server?.version ?? '',
      now: server?.now ?? new Date(Number.NaN),
      pending: known.filter((name) => !done.includes(name)),
      unknown: done.filter((name) => !known.includes(name)),
    };
  } finally {
    await client.end();
  }
}
