import { Controller, Header, Inject } from '@nestjs/common';
import type { VersionComparison, VersionDetail, VersionSummary } from '#contracts/http/versions';
import { type Input, Operation } from '#http/server/operation';
import { Reports } from './reports.js';
import { VersionReader } from './version-reader.js';

@Controller()
export class VersionsController {
  constructor(
    @Inject(VersionReader) private readonly versions: VersionReader,
    @Inject(Reports) private readonly reports: Reports,
  ) {}

  @Operation('listVersions')
  list({ params: { model } }: Input<'listVersions'>): Promise<VersionSummary[]> {
    return this.versions.list(model);
  }

  @Operation('getVersion')
  one({ params: { model, version } }: Input<'getVersion'>): Promise<VersionDetail> {
    return this.versions.detail(model, version);
  }

  @Operation('readReport')
  @Header('content-type', 'text/html; charset=utf-8')
  @Header('content-security-policy', "sandbox; default-src 'none'; style-src 'unsafe-inline'")
  report({ params: { model, version } }: Input<'readReport'>): Promise<string> {
    return this.reports.read(model, version);
  }

  @Operation('compareVersions')
  compare({ params: { model }, query: { from, to } }: Input<'compareVersions'>): Promise<VersionComparison> {
    return this.versions.compare(model, from, to);
  }
}
