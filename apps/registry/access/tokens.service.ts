import { randomBytes } from 'node:crypto';
import { chmod, mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { ratchet } from '#contracts/command-line';
import type { TokenRecord } from '#contracts/http/access';
import type { Role } from '#contracts/primitives';
import { storableText } from '#domain/audit/canonical-json';
import { hashToken, type Principal } from '#platform/auth/auth';
import type { Logger } from '#platform/logging';
import { ProblemError } from '#platform/problem';
import { REGISTRY_CONFIG, type RegistryConfig } from '../config.js';
import { LOGGER } from '../keys.js';
import { AuditStore } from '../storage/audit-store.js';
import { TokenStore } from '../storage/token-store.js';

/** The name of the administrator whose token lies in RATCHET_HOME. */
export const LOCAL_ADMIN = 'local';

/** 256 bits in letters that survive a shell. */
export const newToken = (): string => randomBytes(32).toString('base64url');

/** Gives out tokens, keeps their hashes, and takes them back. */
@Injectable()
export class Tokens implements OnModuleInit {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(TokenStore) private readonly store: TokenStore,
    @Inject(AuditStore) private readonly audit: AuditStore,
    @Inject(REGISTRY_CONFIG) private readonly config: RegistryConfig,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onModuleInit(): Promise<void> {
    return this.bootstrap();
  }

  /** Makes RATCHET_ADMIN_TOKEN, or else the token in RATCHET_HOME, that of the administrator "local". */
  async bootstrap(): Promise<void> {
    const { RATCHET_ADMIN_TOKEN, RATCHET_HOME } = this.config;
    const token = RATCHET_ADMIN_TOKEN ?? (await tokenFile(RATCHET_HOME));
    await this.dataSource.transaction(async (manager) => {
      const changed = await this.store.replace(manager, {
        name: LOCAL_ADMIN,
        role: 'admin',
        sha256: hashToken(token),
        created_by: 'registry',
      });
      if (!changed) return;
      await this.record(
        manager,
        'registry',
        'token.created',
        { name: LOCAL_ADMIN, role: 'admin' },
        'the token of this installation',
      );
      this.logger.info({ name: LOCAL_ADMIN }, 'administrator token set');
    });
  }

  /** The new token; it is nowhere afterwards. Throws a 409 when the name is taken. */
  async create(name: string, role: Role, by: Principal): Promise<string> {
    const token = newToken();
    await this.dataSource.transaction(async (manager) => {
      const added = await this.store.add(manager, {
        name: storableText(name),
        role,
        sha256: hashToken(token),
        created_by: by.name,
      });
      if (!added)
        throw new ProblemError(409, 'Conflict', `There is a token named "${name}" already; choose another name.`, [
          { field: 'name', detail: 'is taken' },
        ]);
      await this.record(manager, by.name, 'token.created', { name, role }, `created by ${by.name}`);
    });
    return token;
  }

  list(): Promise<TokenRecord[]> {
    return this.store.list(this.dataSource.manager);
  }

  /** From now on it opens nothing, but for the few seconds in which services still remember it. */
  async revoke(name: string, by: Principal): Promise<TokenRecord> {
    if (name === LOCAL_ADMIN)
      throw new ProblemError(
        409,
        'Conflict',
        `"${LOCAL_ADMIN}" is the token of this installation. To replace it, change RATCHET_ADMIN_TOKEN or remove RATCHET_HOME/token, and restart the registry.`,
      );
    return this.dataSource.transaction(async (manager) => {
      const revoked = await this.store.revoke(manager, storableText(name));
      if (revoked === null)
        throw new ProblemError(
          404,
          'Not found',
          `There is no token named "${name}"; "${ratchet('token list', null)}" shows them.`,
        );
      const { token, changed } = revoked;
      if (changed)
        await this.record(manager, by.name, 'token.revoked', { name, role: token.role }, `revoked by ${by.name}`);
      return token;
    });
  }

  private async record(
    manager: Parameters<AuditStore['append']>[0],
    actor: string,
    action: 'token.created' | 'token.revoked',
    about: { name: string; role: Role },
    reason: string,
  ): Promise<void> {
    const entry = { at: new Date(), actor, action, model: null, reason };
    const states = action === 'token.created' ? { before: null, after: about } : { before: about, after: null };
    await this.audit.append(manager, [{ ...entry, ...states }]);
  }
}

/** The token in RATCHET_HOME/token; made, for its owner's eyes only, if it is not there. */
async function tokenFile(home: string): Promise<string> {
  const path = join(home, 'token');
  await mkdir(home, { recursive: true, mode: 0o700 });
  try {
    const file = await open(path, 'wx', 0o600);
    try {
      await file.writeFile(`${newToken()}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  await chmod(path, 0o600);
  const token = (await readFile(path, 'utf8')).trim();
  if (token.length < 16) throw new Error(`${path} holds no token; remove the file, and a new one is made`);
  return token;
}
