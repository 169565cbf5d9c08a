import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { TokenRecord } from '#contracts/http/access';
import type { Role } from '#contracts/primitives';
import { sqlIn } from '#database/sql';
import { tokens } from './entities.js';

const sql = sqlIn(import.meta.dirname);
const REPLACE = sql('replace-token');

export interface NewToken {
  name: string;
  role: Role;
  sha256: string;
  created_by: string;
}

/** Tokens by their hash. */
@Injectable()
export class TokenStore {
  /** False when the name is taken. */
  async add(manager: EntityManager, token: NewToken): Promise<boolean> {
    const insert = manager.createQueryBuilder().insert().into(tokens).values(token).orIgnore().returning('name');
    const { raw }: { raw: unknown[] } = await insert.execute();
    return raw.length > 0;
  }

  /** True when something changed. */
  async replace(manager: EntityManager, { name, role, sha256, created_by }: NewToken): Promise<boolean> {
    return (await manager.query<unknown[]>(REPLACE, [name, role, sha256, created_by])).length > 0;
  }

  /** Newest first. */
  list(manager: EntityManager): Promise<TokenRecord[]> {
    return manager.find(tokens, { order: { created_at: 'desc', name: 'asc' } });
  }

  /** The token, and whether it was good until now; null when there is none of this name. */
  async revoke(manager: EntityManager, name: string): Promise<{ token: TokenRecord; changed: boolean } | null> {
    const token = await manager.findOne(tokens, { where: { name }, lock: { mode: 'pessimistic_write' } });
    if (token === null || token.revoked_at !== null) return token && { token, changed: false };
    const revoked_at = new Date().toISOString();
    await manager.update(tokens, { name }, { revoked_at });
    return { token: { ...token, revoked_at }, changed: true };
  }
}
