import { clientFor } from './connect.js';
import { MIGRATIONS, MIGRATIONS_TABLE } from './data-source.js';
import { changedFunctions } from './functions.js';

export interface DatabaseState {
  /** Like "18.0". */
  readonly serverVersion: string;
  readonly now: Date;
  /** By this machine's clock, when it was asked for that and when it had answered. */
  readonly asked: { readonly from: Date; readonly to: Date };
  /** Migrations of this release that have not run, oldest first, and functions that have changed since they last did. */
  readonly pending: readonly string[];
  /** Migrations that ran and that this release does not know: the database belongs to a newer one. */
  readonly unknown: readonly string[];
}

/** Looks at a database without changing it. Throws the driver's error when it cannot be reached. */
export async function inspectDatabase(databaseUrl: string): Promise<DatabaseState> {
  const client = clientFor(databaseUrl, { connectionTimeoutMillis: 5_000 });
  await client.connect();
  try {
    const from = new Date();
    const {
      rows: [server],
    } = await client.query<{ version: string; now: Date; migrated: boolean }>(
      `select current_setting('server_version') as version, clock_timestamp() as now, to_regclass('${MIGRATIONS_TABLE}') is not null as migrated`,
    );
    const to = new Date();
    const done = server?.migrated
      ? (await client.query<{ name: string }>(`select name from ${MIGRATIONS_TABLE} order by id`)).rows.map(
          (r) => r.name,
        )
      : [];
    const known = MIGRATIONS.map((migration) => migration.name);
    const unknown = done.filter((name) => !known.includes(name));
    // A newer release's functions are not this one's to change.
    const functions = unknown.length > 0 ? [] : await changedFunctions(async (text) => (await client.query(text)).rows);
    return {
      serverVersion: server?.version ?? '',
      now: server?.now ?? new Date(Number.NaN),
      asked: { from, to },
      pending: [...known.filter((name) => !done.includes(name)), ...functions.map(({ name }) => name)],
      unknown,
    };
  } finally {
    await client.end();
  }
}
