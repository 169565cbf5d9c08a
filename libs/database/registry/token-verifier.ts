import type { DataSource } from 'typeorm';
import { z } from 'zod';
import { Role } from '#contracts/primitives';
import { hashToken, type Principal, type TokenVerifier } from '#platform/auth/auth';

const FIND = 'select name, role from registry.active_tokens where token_hash = $1';

/** A known token is believed for this long, so that a revoked one works a little longer but a request needs no query. */
const BELIEVED_MS = 5_000;
const MOST_REMEMBERED = 1_000;

/** Knows the tokens that the registry has given out; for every service with a database. */
export class DatabaseTokenVerifier implements TokenVerifier {
  private readonly known = new Map<string, { principal: Principal; until: number }>();

  constructor(
    private readonly dataSource: DataSource,
    private readonly now: () => number = Date.now,
  ) {}

  async verify(token: string): Promise<Principal | null> {
    const hash = hashToken(token);
    const remembered = this.known.get(hash);
    if (remembered !== undefined && remembered.until > this.now()) return remembered.principal;
    const rows: unknown[] = await this.dataSource.query(FIND, [hash]);
    const principal = PrincipalRow.safeParse(rows[0]);
    if (!principal.success) {
      this.known.delete(hash);
      return null;
    }
    if (this.known.size >= MOST_REMEMBERED) this.known.clear();
    this.known.set(hash, { principal: principal.data, until: this.now() + BELIEVED_MS });
    return principal.data;
  }
}

const PrincipalRow = z.object({ name: z.string(), role: Role });
