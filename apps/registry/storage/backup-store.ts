import { Injectable } from '@nestjs/common';
import { type EntityManager, IsNull, Not } from 'typeorm';
import type { Backup } from '#contracts/http/backups';
import { backups } from './entities.js';

/** What was live before each deployment; decisions write it. */
@Injectable()
export class BackupStore {
  /** The newest first. */
  list(manager: EntityManager, model: string, limit: number): Promise<Backup[]> {
    return manager.find(backups, { where: { model }, order: { taken_at: 'desc' }, take: limit });
  }

  one(manager: EntityManager, model: string, backup_id: string): Promise<Backup | null> {
    return manager.findOneBy(backups, { model, backup_id });
  }

  /**
   * The oldest backup nobody has looked at yet, locked with all of the same package until the transaction ends; none that
   * another registry has in hand, or two that took one each would wait for each other.
   */
  async takeUnverified(manager: EntityManager): Promise<Backup | null> {
    const order = { taken_at: 'asc' } as const;
    const oldest = await manager.findOne(backups, { where: { verified_at: IsNull(), problem: IsNull() }, order });
    if (oldest === null) return null;
    const [backup] = await manager.find(backups, {
      where: { digest: oldest.digest },
      order,
      lock: { mode: 'pessimistic_write', onLocked: 'skip_locked' },
    });
    return backup ?? null;
  }

  /** @param problem null when every file is what the digest says */
  async found(manager: EntityManager, digest: string, problem: string | null, copy_uri: string | null): Promise<void> {
    const verified = problem === null ? { verified_at: () => 'now()' } : {};
    await manager.update(backups, { digest }, { problem, copy_uri, ...verified });
  }

  /** A sentence for each damaged version. */
  async damaged(manager: EntityManager, model: string): Promise<string[]> {
    const damaged = await manager.findBy(backups, { model, problem: Not(IsNull()) });
    return [...new Set(damaged.map(({ version, problem }) => `${version}: ${problem}`))].sort();
  }
}
