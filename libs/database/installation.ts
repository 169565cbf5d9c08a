import type { Pool } from 'pg';
import type { EntityManager } from 'typeorm';

const TABLE = 'ratchet_installation';

/** One row: who this database is, whatever it is restored to. */
const CREATE = `
create table if not exists ${TABLE} (
  only_one boolean primary key default true check (only_one),
  id uuid not null default gen_random_uuid(),
  claimed text
);
comment on column ${TABLE}.claimed is 'Identity of the topic installation.claimed that is known to be this installation''s.'`;

export interface Installation {
  readonly id: string;
  /** Identity of the topic in which its claim is known to be the first; null before there was one. */
  readonly claimed: string | null;
}

/** Gives a database an id of its own, once. */
export async function nameInstallation(manager: EntityManager): Promise<void> {
  await manager.query(CREATE);
  await manager.query(`insert into ${TABLE} default values on conflict do nothing`);
}

export async function readInstallation(pool: Pick<Pool, 'query'>): Promise<Installation> {
  const { rows } = await pool.query<Installation>(`select id, claimed from ${TABLE}`);
  const [row] = rows;
  if (row === undefined)
    throw new Error('the database has no id yet: run the migrations, node dist/libs/database/migrate.js');
  return row;
}

export async function rememberClaim(pool: Pick<Pool, 'query'>, topic: string): Promise<void> {
  await pool.query(`update ${TABLE} set claimed = $1`, [topic]);
}
