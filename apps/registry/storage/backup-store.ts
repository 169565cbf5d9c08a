import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { z } from 'zod';
import { Backup } from '#contracts/http/registry';

const COLUMNS = `
backup_id, model, version, digest, generation, deployment_id, taken_at, verified_at, problem, copy_uri`;

const LIST = `select ${COLUMNS} from registry.backups where model = $1 order by taken_at desc limit $2`;

const ONE = `select ${COLUMNS} from registry.backups where model = $1 and backup_id = $2`;

/** All of one package, and none that another registry has in hand: two that took one each would wait for each other. */
const TAKE_UNVERIFIED = `
select ${COLUMNS} from registry.backups
where digest = (
  select digest from registry.backups where verified_at is null and problem is null order by taken_at limit 1
)
order by taken_at for update skip locked`;

const FOUND = `
update registry.backups
set verified_at = case when $2::text is null then now() else verified_at end, problem = $2, copy_uri = $3
where digest = $1`;

const DAMAGED = `
select distinct version || ': ' || problem as sentence from registry.backups
where model = $1 and problem is not null order by sentence`;

const instant = z.date().transform((at) => at.toISOString());
const Row = z
  .looseObject({
    generation: z.coerce.number(),
    taken_at: instant,
    verified_at: instant.nullable(),
  })
  .pipe(Backup);

/** What was live before each deployment; decisions write it. */
@Injectable()
export class BackupStore {
  async list(manager: EntityManager, model: string, limit: number): Promise<Backup[]> {
    return z.array(Row).parse(await manager.query(LIST, [model, limit]));
  }

  async one(manager: EntityManager, model: string, backupId: string): Promise<Backup | null> {
    return z.array(Row).parse(await manager.query(ONE, [model, backupId]))[0] ?? null;
  }

  /** The oldest backup nobody has looked at yet, locked with all of the same package until the transaction ends. */
  async takeUnverified(manager: EntityManager): Promise<Backup | null> {
    return z.array(Row).parse(await manager.query(TAKE_UNVERIFIED))[0] ?? null;
  }

  /** @param problem null when every file is what the digest says */
  async found(manager: EntityManager, digest: string, problem: string | null, copyUri: string | null): Promise<void> {
    await manager.query(FOUND, [digest, problem, copyUri]);
  }

  /** A sentence for each damaged version. */
  async damaged(manager: EntityManager, model: string): Promise<string[]> {
    return z
      .array(z.object({ sentence: z.string() }))
      .parse(await manager.query(DAMAGED, [model]))
      .map(({ sentence }) => sentence);
  }
}
