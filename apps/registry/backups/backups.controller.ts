import { Controller, Inject } from '@nestjs/common';
import type { Backup, LivePackage, RestoreAccepted } from '#contracts/http/backups';
import { type Input, Operation } from '#http/server/operation';
import { Backups } from './backups.service.js';

@Controller()
export class BackupsController {
  constructor(@Inject(Backups) private readonly backups: Backups) {}

  @Operation('listBackups')
  list({ params: { model }, query: { limit } }: Input<'listBackups'>): Promise<Backup[]> {
    return this.backups.list(model, limit);
  }

  @Operation('verifyBackup')
  verify({ params: { model, backup_id } }: Input<'verifyBackup'>): Promise<Backup> {
    return this.backups.verify(model, backup_id);
  }

  @Operation('verifyLivePackage')
  verifyLive({ params: { model } }: Input<'verifyLivePackage'>): Promise<LivePackage> {
    return this.backups.verifyLive(model);
  }

  @Operation('restoreBackup')
  restore({ params: { model, backup_id }, body, principal }: Input<'restoreBackup'>): Promise<RestoreAccepted> {
    return this.backups.restore(model, backup_id, body, principal);
  }
}
