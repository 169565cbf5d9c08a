import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { beating } from '#database/standing-still';
import type { Logger } from '#platform/logging';
import { Loop } from '#platform/loop/loop';
import { Loops } from '#platform/loop/loops';
import { LOGGER } from '../keys.js';
import { BackupStore } from '../storage/backup-store.js';
import { BackupFindings } from './backup-findings.js';
import { PackageCopies } from './package-copies.js';

const INTERVAL_MS = 2_000;

/**
 * Verifies and copies what was live before each deployment. It comes right after the deployment has begun, not before:
 * the package is content-addressed and nothing overwrites it, so nobody has to wait for this.
 */
@Injectable()
export class BackupKeeper {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(BackupStore) private readonly backups: BackupStore,
    @Inject(BackupFindings) private readonly findings: BackupFindings,
    @Inject(PackageCopies) private readonly copies: PackageCopies,
    @Inject(Loops) loops: Loops,
    @Inject(LOGGER) logger: Logger,
  ) {
    loops.add(new Loop({ name: 'backups', everyMs: INTERVAL_MS, step: () => this.secureOne(), logger }));
  }

  /** False when none is left. */
  private secureOne(): Promise<boolean> {
    return this.dataSource.transaction(async (manager) => {
      const backup = await this.backups.takeUnverified(manager);
      if (backup === null) return false;
      const secured = await beating(
        (text) => manager.query(text),
        () => this.copies.secure(backup.digest),
      );
      await this.findings.note(manager, backup, secured);
      return true;
    });
  }
}
