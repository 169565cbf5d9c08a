import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Role } from '#contracts/http/registry';

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
}
