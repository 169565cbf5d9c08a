import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { z } from 'zod';
import type { AuditRecord, AuditVerification } from '#contracts/http/audit';
import { type AuditEntry, type ChainHead, ChainVerifier, chainRecord } from '#domain/audit/hash-chain';

const LOCK_HEAD = 'select sequence, hash from registry.audit_head for update';
const READ_HEAD = 'select sequence, hash from registry.audit_head';

const APPEND = 'select registry.append_audit($1)';

const COLUMNS = 'sequence, at, actor, action, model, reason, before, after, previous_hash, hash';

const LATEST = `
select ${COLUMNS} from registry.audit
where ($1::text is null or model = $1) and ($2::bigint is null or sequence < $2)
order by sequence desc limit $3`;

const LATEST_WITH_GENERAL = `
select * from (
  (select ${COLUMNS} from registry.audit
   where model = $1 and ($2::bigint is null or sequence < $2) order by sequence desc limit $3)
  union all
  (select ${COLUMNS} from registry.audit
   where model is null and ($2::bigint is null or sequence < $2) order by sequence desc limit $3)
) records order by sequence desc limit $3`;

const NEXT = `
select ${COLUMNS} from registry.audit where sequence > $1 order by sequence limit $2`;

const Head = z.object({ sequence: z.coerce.number(), hash: z.string() });
const Row = z.object({
  sequence: z.coerce.number(),
  at: z.date().transform((at) => at.toISOString()),
  actor: z.string(),
  action: z.string(),
  model: z.string().nullable(),
  reason: z.string(),
  before: z.unknown(),
  after: z.unknown(),
  previous_hash: z.string(),
  hash: z.string(),
});

const PAGE = 1_000;

interface AuditFilter {
  /** Null for all. */
  readonly model: string | null;
  /** With what belongs to no model. */
  readonly general?: boolean;
  readonly before: number | null;
  readonly limit: number;
}

/** The audit log. */
@Injectable()
export class AuditStore {
  /** Appends in order. */
  async append(manager: EntityManager, entries: readonly AuditEntry[]): Promise<void> {
    for (const record of await this.chain(manager, entries)) await manager.query(APPEND, [JSON.stringify(record)]);
  }

  /**
   * The entries as the next records of the log, for whoever writes them within the transaction. From here on everybody
   * else who has something to record waits: the head's lock makes the sequence gapless over all models and replicas.
   */
  async chain(manager: EntityManager, entries: readonly AuditEntry[]): Promise<AuditRecord[]> {
    if (entries.length === 0) return [];
    let head: ChainHead = await this.head(manager, LOCK_HEAD);
    return entries.map((entry) => {
      const record = chainRecord(head, entry);
      head = record;
      return record;
    });
  }

  async latest(manager: EntityManager, { model, general = false, before, limit }: AuditFilter): Promise<AuditRecord[]> {
    const query = general && model !== null ? LATEST_WITH_GENERAL : LATEST;
    return z.array(Row).parse(await manager.query(query, [model, before, limit]));
  }

  /** Recomputes the chain from its first record. `manager` must see one snapshot (repeatable read). */
  async verify(manager: EntityManager): Promise<AuditVerification> {
    const head = await this.head(manager, READ_HEAD);
    const verifier = new ChainVerifier();
    for (let last = Number.MIN_SAFE_INTEGER; ; ) {
      const records = z.array(Row).parse(await manager.query(NEXT, [last, PAGE]));
      for (const record of records) {
        if (!verifier.take(record)) return verifier.finish(head);
        last = record.sequence;
      }
      if (records.length < PAGE) return verifier.finish(head);
    }
  }

  private async head(manager: EntityManager, query: string) {
    const [row] = await manager.query<unknown[]>(query);
    if (row === undefined) throw new Error('registry.audit_head is empty: the log was tampered with, or not migrated');
    return Head.parse(row);
  }
}
