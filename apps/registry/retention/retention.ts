import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { PackageStore } from '#artifacts/package-store';
import type { ArtifactStore } from '#artifacts/store';
import type { ModelDefinition } from '#contracts/model-definition';
import { versionsInUse } from '#domain/deployment/versions';
import { MINIMUM_KEPT, versionsToRemove } from '#domain/versioning/retention';
import type { Logger } from '#platform/logging';
import { Loop } from '#platform/loop/loop';
import { Loops } from '#platform/loop/loops';
import { REGISTRY_CONFIG, type RegistryConfig } from '../config.js';
import { ARTIFACT_STORE, LOGGER, MODEL_DEFINITIONS } from '../keys.js';
import { ModelDirectory } from '../status/model-directory.js';
import { AuditStore } from '../storage/audit-store.js';
import { BackupStore } from '../storage/backup-store.js';
import { LabelStore } from '../storage/label-store.js';
import { ModelStore } from '../storage/model-store.js';
import { VersionStore } from '../storage/version-store.js';

/** Kept where a model has no definition here. */
const DEFAULT_KEPT = 10;

/**
 * Removes the packages of old versions. The decision is committed first and the files go afterwards: a crash in between
 * leaves files that the next round removes, never a version whose files are gone without anybody knowing.
 */
@Injectable()
export class Retention {
  private readonly packages: PackageStore;

  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(ModelDirectory) private readonly directory: ModelDirectory,
    @Inject(ModelStore) private readonly models: ModelStore,
    @Inject(VersionStore) private readonly versions: VersionStore,
    @Inject(BackupStore) private readonly backups: BackupStore,
    @Inject(LabelStore) private readonly labels: LabelStore,
    @Inject(AuditStore) private readonly audit: AuditStore,
    @Inject(MODEL_DEFINITIONS) private readonly definitions: ReadonlyMap<string, ModelDefinition>,
    @Inject(ARTIFACT_STORE) store: ArtifactStore,
    @Inject(REGISTRY_CONFIG) config: RegistryConfig,
    @Inject(Loops) loops: Loops,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    const everyMs = config.RETENTION_INTERVAL_SECONDS * 1000;
    loops.add(new Loop({ name: 'retention', everyMs, firstAfterMs: everyMs, step: () => this.work(), logger }));
    this.packages = new PackageStore(store);
  }

  private async work(): Promise<void> {
    for (const model of await this.directory.names())
      await this.dataSource.transaction((manager) => this.removeOld(manager, model));
    await this.removeArtifacts();
  }

  private async removeOld(manager: EntityManager, model: string): Promise<void> {
    const taken = await this.models.take(manager, model);
    if (taken === null) return;
    const { state, catalogue } = taken;
    const inUse = versionsInUse(state, catalogue);
    for (const backup of await this.backups.list(manager, model, MINIMUM_KEPT))
      if (backup.copy_uri === null) inUse.add(backup.version);
    for (const { version } of await this.labels.aliases(manager, model)) inUse.add(version);
    const keep = this.definitions.get(model)?.retention ?? DEFAULT_KEPT;
    const versions = [...catalogue.values()].flatMap((entry) => (entry.state === 'removed' ? [] : entry.ref.version));
    for (const version of versionsToRemove({ versions, keep, inUse })) {
      await this.versions.remove(manager, model, version);
      const before = { version, state: catalogue.get(version)?.state };
      const reason = `the newest ${keep} versions are kept, and those in use`;
      const entry = { at: new Date(), actor: 'retention', action: 'version.removed', model, reason };
      await this.audit.append(manager, [{ ...entry, before, after: { version, state: 'removed' } }]);
    }
  }

  private async removeArtifacts(): Promise<void> {
    for (const { model, version, digest } of await this.versions.withArtifactsLeft(this.dataSource.manager)) {
      await this.packages.remove(digest);
      await this.versions.artifactsRemoved(this.dataSource.manager, model, version);
      this.logger.info({ model, version, digest }, 'package removed by retention');
    }
  }
}
