import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import { TokensFile } from '#contracts/http/access';
import { hashToken, type Principal, type TokenVerifier } from '#platform/auth/auth';
import type { Logger } from '#platform/logging';
import { SERVING_CONFIG, type ServingConfig } from '../config.js';
import { LOGGER } from '../keys.js';

/** How often the files are looked at again. */
const FRESH_MS = 2000;

/**
 * Verifies tokens without a database: by files of hashes, which "ratchet token export" writes, and by the local token where
 * there is one in RATCHET_HOME. All are read again when they change.
 */
@Injectable()
export class TokensFileVerifier implements TokenVerifier {
  private principals = new Map<string, Principal>();
  private checkedAt = Number.NEGATIVE_INFINITY;
  private stamp = '';

  constructor(
    @Inject(SERVING_CONFIG) private readonly config: ServingConfig,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async verify(token: string): Promise<Principal | null> {
    if (performance.now() - this.checkedAt > FRESH_MS) await this.refresh();
    return this.principals.get(hashToken(token)) ?? null;
  }

  private async refresh(): Promise<void> {
    this.checkedAt = performance.now();
    const { tokensFiles, RATCHET_HOME } = this.config;
    const localFile = join(RATCHET_HOME, 'token');
    const stamp = (await Promise.all([...tokensFiles, localFile].map(stampOf))).join(' ');
    if (stamp === this.stamp) return;
    this.stamp = stamp;
    const principals = new Map<string, Principal>();
    const local = await readFile(localFile, 'utf8').catch(() => '');
    if (local.trim() !== '') principals.set(hashToken(local.trim()), { name: 'local', role: 'admin' });
    for (const file of tokensFiles)
      try {
        const text = await readFile(file, 'utf8').catch(() => '[]');
        for (const { name, role, sha256 } of TokensFile.parse(JSON.parse(text))) principals.set(sha256, { name, role });
      } catch (error) {
        this.logger.error({ err: error, file }, 'the tokens file is not understood; its tokens are not taken');
      }
    this.principals = principals;
  }
}

async function stampOf(file: string): Promise<string> {
  return stat(file).then(
    ({ mtimeMs, size, ino }) => `${mtimeMs}-${size}-${ino}`,
    () => 'none',
  );
}
