import { Controller, Inject } from '@nestjs/common';
import type { VersionComparison, VersionDetail, VersionSummary } from '#contracts/http/versions';
import { type Input, Operation } from '#http/server/operation';
import { VersionReader } from './version-reader.js';

@Controller()
export class VersionsController {
  constructor(@Inject(VersionReader) private readonly versions: VersionReader) {}

  @Operation('listVersions')
  list({ params: { model } }: Input<'listVersions'>): Promise<VersionSummary[]> {
    return this.versions.list(model);
  }

  @Operation('getVersion')
  one({ params: { model, version } }: Input<'getVersion'>): Promise<VersionDetail> {
    return this.versions.detail(model, version);
  }

  @Operation('compareVersions')
  compare({ params: { model }, query: { from, to } }: Input<'compareVersions'>): Promise<VersionComparison> {
    return this.versions.compare(model, from, to);
  }
}
