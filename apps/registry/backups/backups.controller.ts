import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { type Backup, type RestoreAccepted, RestoreBody } from '#contracts/http/registry';
import { ModelName, Uuid } from '#contracts/primitives';
import { principalOf, RequiresRole } from '#platform/auth/auth';
import { zodBody } from '#platform/problem';
import { Backups } from './backups.service.js';

const OfModel = z.object({ model: ModelName });
const OfBackup = OfModel.extend({ backup_id: Uuid });
const Page = z.object({ limit: z.coerce.number().int().min(1).max(1000).default(100) });

@Controller('/v1/models/:model/backups')
export class BackupsController {
  constructor(@Inject(Backups) private readonly backups: Backups) {}

  @Get()
  @RequiresRole('viewer')
  list(
    @Param(zodBody(OfModel)) { model }: z.infer<typeof OfModel>,
    @Query(zodBody(Page)) { limit }: z.infer<typeof Page>,
  ): Promise<Backup[]> {
    return this.backups.list(model, limit);
  }

  @Post(':backup_id/verify')
  @HttpCode(200)
  @RequiresRole('operator')
  verify(@Param(zodBody(OfBackup)) { model, backup_id }: z.infer<typeof OfBackup>): Promise<Backup> {
    return this.backups.verify(model, backup_id);
  }

  @Post(':backup_id/restore')
  @HttpCode(202)
  @RequiresRole('operator')
  restore(
    @Param(zodBody(OfBackup)) { model, backup_id }: z.infer<typeof OfBackup>,
    @Body(zodBody(RestoreBody)) body: RestoreBody,
    @Req() request: FastifyRequest,
  ): Promise<RestoreAccepted> {
    return this.backups.restore(model, backup_id, body, principalOf(request));
  }
}
