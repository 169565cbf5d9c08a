import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { z } from 'zod';
import { Role } from '#contracts/http/registry';
import type { TokenRecord } from '#contracts/http/tokens';

const ADD = `
insert into registry.tokens (name, role, token_hash, created_by) values ($1, $2, $3, $4)
on conflict do nothing returning name`;

const REPLACE = `
insert into registry.tokens (name, role, token_hash, created_by) values ($1, $2, $3, $4)
on conflict (name) do update
set role = excluded.role, token_hash = excluded.token_hash, created_at = now(), revoked_at = null
where registry.tokens.token_hash <> excluded.token_hash
   or registry.tokens.role <> excluded.role
   or registry.tokens.revoked_at is not null
returning name`;

const COLUMNS = 'name, role, token_hash, created_at, created_by, revoked_at';
const LIST = `select ${COLUMNS} from registry.tokens order by created_at desc, name`;
const REVOKE = `
with revoked as (
  update registry.tokens set revoked_at = coalesce(revoked_at, now()) where name = $1 returning ${COLUMNS}
)
select revoked.*, before.revoked_at is null as changed
from revoked join registry.tokens before on before.name = revoked.name`;

const TokenRow = z.object({
  name: z.string(),
  role: Role,
  token_hash: z.string(),
  created_at: z.date(),
  created_by: z.string(),
  revoked_at: z.date().nullable(),
});

function recordOf(row: unknown): TokenRecord {
  const { token_hash, created_at, revoked_at, ...rest } = TokenRow.parse(row);
  return {
    ...rest,
    sha256: token_hash,
    created_at: created_at.toISOString(),
    revoked_at: revoked_at?.toISOString() ?? null,
  };
}

export interface NewToken {
  name: string;
  role: Role;
  hash: string;
  createdBy: string;
}

/** Tokens by their hash. */
@Injectable()
export class TokenStore {
  /** False when the name is taken. */
  async add(manager: EntityManager, { name, role, hash, createdBy }: NewToken): Promise<boolean> {
    return (await manager.query<unknown[]>(ADD, [name, role, hash, createdBy])).length > 0;
  }

  /** True when something changed. */
  async replace(manager: EntityManager, { name, role, hash, createdBy }: NewToken): Promise<boolean> {
    return (await manager.query<unknown[]>(REPLACE, [name, role, hash, createdBy])).length > 0;
  }

  /** Newest first. */
  async list(manager: EntityManager): Promise<TokenRecord[]> {
    return (await manager.query<unknown[]>(LIST)).map(recordOf);
  }

  /** The token, and whether it was good until now; null when there is none of this name. */
  async revoke(manager: EntityManager, name: string): Promise<{ token: TokenRecord; changed: boolean } | null> {
    const [row] = await manager.query<unknown[]>(REVOKE, [name]);
    if (row === undefined) return null;
    return { token: recordOf(row), changed: z.object({ changed: z.boolean() }).parse(row).changed };
  }
}
