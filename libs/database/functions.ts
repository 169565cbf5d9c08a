import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { EntityManager } from 'typeorm';
import { z } from 'zod';

/** Schemas with a folder `functions`: a function a file, each a `create or replace function`. */
const SCHEMAS = ['registry'];
const TABLE = 'ratchet_functions';

const CREATE_TABLE = `create table if not exists ${TABLE} (name text primary key, hash text not null)`;
const EXISTS = `select to_regclass('${TABLE}') is not null as there`;
const APPLIED = `select name, hash from ${TABLE}`;
const REMEMBER = `
insert into ${TABLE} (name, hash) values ($1, $2) on conflict (name) do update set hash = excluded.hash`;

/** Like "registry/carry-out", with its text. */
interface DatabaseFunction {
  readonly name: string;
  readonly text: string;
  readonly hash: string;
}

/** Every function of this release, in the order of their names. */
const FUNCTIONS: readonly DatabaseFunction[] = SCHEMAS.flatMap((schema) => {
  const folder = join(import.meta.dirname, schema, 'functions');
  return readdirSync(folder)
    .sort()
    .map((file) => {
      const text = readFileSync(join(folder, file), 'utf8');
      return {
        name: `${schema}/${basename(file, '.sql')}`,
        text,
        hash: createHash('sha256').update(text).digest('hex'),
      };
    });
});

const There = z.tuple([z.object({ there: z.boolean() })]);
const Applied = z.array(z.object({ name: z.string(), hash: z.string() }));

/** Functions whose text is not the one that was applied last. `query` gives a statement's rows. */
export async function changedFunctions(query: (text: string) => Promise<unknown>): Promise<DatabaseFunction[]> {
  const [{ there }] = There.parse(await query(EXISTS));
  const applied = new Map((there ? Applied.parse(await query(APPLIED)) : []).map(({ name, hash }) => [name, hash]));
  return FUNCTIONS.filter(({ name, hash }) => applied.get(name) !== hash);
}

/** Applies what has changed, in the transaction of `manager`, once all tables are there; returns the names. */
export async function applyFunctions(manager: EntityManager): Promise<string[]> {
  await manager.query(CREATE_TABLE);
  const changed = await changedFunctions((text) => manager.query(text));
  for (const { name, text, hash } of changed) {
    await manager.query(text);
    await manager.query(REMEMBER, [name, hash]);
  }
  return changed.map(({ name }) => name);
}
