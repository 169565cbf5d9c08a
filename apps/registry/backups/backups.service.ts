import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { Backup, LivePackage, RestoreAccepted, RestoreBody } from '#contracts/http/backups';
import type { CommandAccepted } from '#contracts/http/deployments';
import type { Principal } from '#platform/auth/auth';
import { ProblemError } from '#platform/problem';
import { CommandProblem } from '../deployments/command-problem.js';
import { Commands } from '../deployments/commands.service.js';
import { ModelDirectory } from '../status/model-directory.js';
import { AuditStore } from '../storage/audit-store.js';
import { BackupStore } from '../storage/backup-store.js';
import { ModelStore } from '../storage/model-store.js';
import { VersionStore } from '../storage/version-store.js';
import { BackupFindings } from './backup-findings.js';
import { PackageCopies } from './package-copies.js';

/** Lists, verifies and restores what was live before each deployment. */
@Injectable()
export class Backups {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(ModelDirectory) private readonly directory: ModelDirectory,
    @Inject(ModelStore) private readonly models: ModelStore,
    @Inject(VersionStore) private readonly versions: VersionStore,
    @Inject(BackupStore) private readonly store: BackupStore,
    @Inject(AuditStore) private readonly audit: AuditStore,
    @Inject(BackupFindings) private readonly findings: BackupFindings,
    @Inject(PackageCopies) private readonly copies: PackageCopies,
    @Inject(Commands) private readonly commands: Commands,
  ) {}

  async list(model: string, limit: number): Promise<Backup[]> {
    await this.directory.expect(model);
    return this.store.list(this.dataSource.manager, model, limit);
  }

  async verify(model: string, backupId: string): Promise<Backup> {
    const { manager } = this.dataSource;
    const backup = await this.expect(manager, model, backupId);
    await this.findings.note(manager, backup, await this.copies.secure(backup.digest));
    return this.expect(manager, model, backupId);
  }

  /** What is live is in no backup before something takes its place. */
  async verifyLive(model: string): Promise<LivePackage> {
    await this.directory.expect(model);
    const { live } = await this.models.read(this.dataSource.manager, model);
    if (live === null) throw new ProblemError(409, 'Nothing is live', `No version of ${model} is live.`);
    const { version, digest } = live;
    const { problem: found, copyUri: copy_uri } = await this.copies.secure(digest);
    const problem = found === null ? null : await this.copies.restore(digest);
    return { model, version, digest, problem, mended: found !== null && problem === null, copy_uri };
  }

  /** Makes the package whole, and rolls back to its version unless that is live. */
  async restore(model: string, backupId: string, body: RestoreBody, by: Principal): Promise<RestoreAccepted> {
    const { manager } = this.dataSource;
    const backup = await this.expect(manager, model, backupId);
    const { version, digest } = backup;
    const problem = await this.copies.restore(digest);
    if (problem !== null)
      throw new ProblemError(409, 'Not restorable', `No whole copy of ${version} is left. ${problem}`);
    await this.findings.note(manager, backup, { problem: null, copyUri: backup.copy_uri });
    await this.bringBack(model, version, body.reason, by);
    const state = await this.models.read(manager, model);
    const command = state.live?.version === version ? null : await this.rollBack(model, version, body, by);
    return { backup: await this.expect(manager, model, backupId), command };
  }

  /** A version that retention removed can be deployed again. */
  private bringBack(model: string, version: string, reason: string, by: Principal): Promise<void> {
    return this.dataSource.transaction(async (manager) => {
      await this.models.lock(manager, model);
      if (!(await this.versions.restore(manager, model, version, null))) return;
      const entry = { at: new Date(), actor: by.name, action: 'version.restored', model, reason };
      await this.audit.append(manager, [{ ...entry, before: { version, state: 'removed' }, after: { version } }]);
    });
  }

  private async rollBack(model: string, version: string, body: RestoreBody, by: Principal): Promise<CommandAccepted> {
    const outcome = await this.commands.execute({
      command: 'rollback',
      id: body.command_id ?? randomUUID(),
      identity: 'given',
      model,
      version,
      actor: by.name,
      reason: body.reason,
      expectedGeneration: null,
      source: 'http',
    });
    if (outcome.kind === 'rejected') throw new CommandProblem(outcome.rejection);
    return outcome.accepted;
  }

  private async expect(manager: EntityManager, model: string, backupId: string): Promise<Backup> {
    const backup = await this.store.one(manager, model, backupId);
    if (backup !== null) return backup;
    throw new ProblemError(404, 'Not found', `${model} has no backup ${backupId}.`);
  }
}
