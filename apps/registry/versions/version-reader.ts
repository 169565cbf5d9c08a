import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { VersionComparison, VersionDetail, VersionSummary } from '#contracts/http/versions';
import { compareDetails } from '#domain/versioning/comparison';
import { unknownVersion, VersionNames } from '../labels/version-names.js';
import { ModelDirectory } from '../status/model-directory.js';
import { VersionStore } from '../storage/version-store.js';
import { Importance } from './importance.js';

/** Answers questions about versions; throws a 404 for what there is not. */
@Injectable()
export class VersionReader {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(VersionStore) private readonly versions: VersionStore,
    @Inject(ModelDirectory) private readonly models: ModelDirectory,
    @Inject(VersionNames) private readonly names: VersionNames,
    @Inject(Importance) private readonly importance: Importance,
  ) {}

  async list(model: string): Promise<VersionSummary[]> {
    await this.models.expect(model);
    return this.versions.list(this.dataSource.manager, model);
  }

  /** Of a version or of what an alias means. */
  async detail(model: string, name: string): Promise<VersionDetail> {
    await this.models.expect(model);
    const version = await this.names.expect(model, name);
    const detail = await this.versions.detail(this.dataSource.manager, model, version);
    if (detail !== null) {
      const importance = await this.importance.of(detail.digest);
      return { ...detail, ...(importance && { importance }) };
    }
    throw unknownVersion(model, version);
  }

  async compare(model: string, from: string, to: string): Promise<VersionComparison> {
    return compareDetails(await this.detail(model, from), await this.detail(model, to));
  }
}
