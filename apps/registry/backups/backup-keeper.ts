import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Logger } from '#platform/logging';
import { Recurring } from '../recurring.js';
import { BackupStore } from '../storage/backup-store.js';
import { LOGGER } from '../tokens.js';
import { BackupFindings } from './backup-findings.js';
import { PackageCopies } from './package-copies.js';

const INTERVAL_MS = 2_000;

/**
 * Verifies and copies what was live before each deployment. It comes right after the deployment has begun, not before:
 * the package is content-addressed and nothing overwrites it, so nobody has to wait for this.
 */
@Injectable()
export class BackupKeeper extends Recurring {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(BackupStore) private readonly backups: BackupStore,
    @Inject(BackupFindings) private readonly findings: BackupFindings,
    @Inject(PackageCopies) private readonly copies: PackageCopies,
    @Inject(LOGGER) logger: Logger,
  ) {
    super('backups', INTERVAL_MS, logger);
  }

  protected async work(): Promise<void> {
    while (await this.secureOne());
  }

  private secureOne(): Promise<boolean> {
    return this.dataSource.transaction(async (manager) => {
      const backup = await this.backups.takeUnverified(manager);
      if (backup === null) return false;
      await this.findings.note(manager, backup, await this.copies.secure(backup.digest));
      return true;
    });
  }
}
