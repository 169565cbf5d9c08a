import { Module } from '@nestjs/common';
import { DeploymentsModule } from '../deployments/deployments.module.js';
import { ModelsModule } from '../status/models.module.js';
import { BackupFindings } from './backup-findings.js';
import { BackupKeeper } from './backup-keeper.js';
import { BackupsController } from './backups.controller.js';
import { Backups } from './backups.service.js';
import { PackageCopies } from './package-copies.js';

/** What was live before each deployment, kept and verified. */
@Module({
  imports: [DeploymentsModule, ModelsModule],
  controllers: [BackupsController],
  providers: [BackupFindings, BackupKeeper, Backups, PackageCopies],
})
export class BackupsModule {}
