import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { z } from 'zod';
import type { VersionComparison, VersionDetail, VersionSummary } from '#contracts/http/registry';
import { ModelName, Version } from '#contracts/primitives';
import { RequiresRole } from '#platform/auth/auth';
import { zodBody } from '#platform/problem';
import { VersionReader } from './version-reader.js';

const OfModel = z.object({ model: ModelName });
const OfVersion = OfModel.extend({ version: Version });
const Pair = z.object({ from: Version, to: Version });

@Controller('/v1/models/:model')
@RequiresRole('viewer')
export class VersionsController {
  constructor(@Inject(VersionReader) private readonly versions: VersionReader) {}

  @Get('versions')
  list(@Param(zodBody(OfModel)) { model }: z.infer<typeof OfModel>): Promise<VersionSummary[]> {
    return this.versions.list(model);
  }

  @Get('versions/:version')
  one(@Param(zodBody(OfVersion)) { model, version }: z.infer<typeof OfVersion>): Promise<VersionDetail> {
    return this.versions.detail(model, version);
  }

  @Get('compare')
  compare(
    @Param(zodBody(OfModel)) { model }: z.infer<typeof OfModel>,
    @Query(zodBody(Pair)) { from, to }: z.infer<typeof Pair>,
  ): Promise<VersionComparison> {
    return this.versions.compare(model, from, to);
  }
}
