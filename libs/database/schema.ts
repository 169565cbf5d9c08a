import type { Pool } from 'pg';
import { MIGRATIONS, MIGRATIONS_TABLE } from './data-source.js';

/** How many migrations of this release have not run on a database. One of a newer release has all of them. */
export async function missingMigrations(pool: Pick<Pool, 'query'>): Promise<number> {
  const { rows: tables } = await pool.query<{ there: boolean }>(
    `select to_regclass('${MIGRATIONS_TABLE}') is not null as there`,
  );
  if (!tables[0]?.there) return MIGRATIONS.length;
  const { rows } = await pool.query<{ name: string }>(`select name from ${MIGRATIONS_TABLE}`);
  const done = new Set(rows.map(({ name }) => name));
  return MIGRATIONS.filter(({ name }) => !done.has(name)).length;
}
