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
alter table ${TABLE} add column if not exists refused text[] not null default '{}';
comment on column ${TABLE}.refused is 'Where topics were found to be another installation''s: brokers, and the prefix of the names.';
comment on column ${TABLE}.claimed is 'Identity of the topic installation.claimed that is known to be this installation''s.'`;

export interface Installation {
  readonly id: string;
  /** Identity of the topic in which its claim is known to be the first; null before there was one. */
  readonly claimed: string | null;
  /** Where it was told that topics are another installation's. */
  readonly refused: readonly string[];
}

/** Gives a database an id of its own, once. */
export async function nameInstallation(manager: EntityManager): Promise<void> {
  await manager.query(CREATE);
  await manager.query(`insert into ${TABLE} default values on conflict do nothing`);
}

export async function readInstallation(pool: Pick<Pool, 'query'>): Promise<Installation> {
  const { rows } = await pool.query<Installation>(`select id, claimed, refused from ${TABLE}`);
  const [row] = rows;
  if (row === undefined)
    throw new Error('the database has no id yet: run the migrations, node dist/libs/database/migrate.js');
  return row;
}

export async function rememberClaim(pool: Pick<Pool, 'query'>, topic: string): Promise<void> {
  await pool.query(`update ${TABLE} set claimed = $1, refused = '{}'`, [topic]);
}

/** Remembers where topics are another installation's, so that they are not taken when its claim is away for a moment. */
export async function rememberRefusal(pool: Pick<Pool, 'query'>, place: string): Promise<void> {
  await pool.query(`update ${TABLE} set refused = refused || $1::text where not $1 = any(refused)`, [place]);
}

/** Becomes the installation that its topics say, unless it has claimed some by its own id. False then. */
export async function adoptInstallation(
  pool: Pick<Pool, 'query'>,
  { id, topic }: { readonly id: string; readonly topic: string },
): Promise<boolean> {
  const adopt = `update ${TABLE} set id = $1, claimed = $2 where claimed is null or id = $1`;
  return ((await pool.query(adopt, [id, topic])).rowCount ?? 0) > 0;
}

const READ_FROM =
  'select distinct topic, identity from feedback.offsets where identity is not null and next_offset > 0';
const EPOCHS = `select distinct state->>'epoch' as epoch from registry.models where state->>'epoch' is not null`;
const IS_NEW = `
select not exists (select from feedback.offsets where next_offset > 0)
  and not exists (select from registry.models where generation > 0) as is_new`;

export interface TopicMemories {
  /** Topics that this database has read from, and which ones of that name. */
  readonly read: readonly { readonly topic: string; readonly identity: string }[];
  /** Histories of its registry. */
  readonly epochs: readonly string[];
  /** Nothing was ever read or decided for it. */
  readonly isNew: boolean;
}

/** What a database remembers of its topics. */
export async function topicMemories(pool: Pick<Pool, 'query'>): Promise<TopicMemories> {
  const read = (await pool.query<{ topic: string; identity: string }>(READ_FROM)).rows;
  const epochs = (await pool.query<{ epoch: string }>(EPOCHS)).rows.map(({ epoch }) => epoch);
  const [row] = (await pool.query<{ is_new: boolean }>(IS_NEW)).rows;
  return { read, epochs, isNew: row?.is_new ?? false };
}
