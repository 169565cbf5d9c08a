import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Backup } from '#contracts/http/backups';
import { AlertStore } from '../storage/alert-store.js';
import { BackupStore } from '../storage/backup-store.js';
import type { Secured } from './package-copies.js';

/** Keeps what is known of the packages behind backups, and the alert about them. */
@Injectable()
export class BackupFindings {
  constructor(
    @Inject(BackupStore) private readonly backups: BackupStore,
    @Inject(AlertStore) private readonly alerts: AlertStore,
  ) {}

  /** Of every backup of that package: they are the same files. The alert stays open while any backup is damaged. */
  async note(manager: EntityManager, { model, digest }: Backup, found: Secured): Promise<void> {
    await this.backups.found(manager, digest, found.problem, found.copyUri);
    const damaged = await this.backups.damaged(manager, model);
    if (damaged.length === 0) await this.alerts.resolve(manager, model, 'backup-damaged');
    else await this.alerts.raise(manager, model, 'backup-damaged', damaged.join(' '));
  }
}
