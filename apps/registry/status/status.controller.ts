import { Controller, Get, Inject, Param } from '@nestjs/common';
import { z } from 'zod';
import type { ModelStatus } from '#contracts/http/registry';
import { ModelName } from '#contracts/primitives';
import { RequiresRole } from '#platform/auth/auth';
import { zodBody } from '#platform/problem';
import { StatusReader } from './status.service.js';

const OfModel = z.object({ model: ModelName });

@Controller('/v1/models')
@RequiresRole('viewer')
export class StatusController {
  constructor(@Inject(StatusReader) private readonly status: StatusReader) {}

  @Get()
  all(): Promise<ModelStatus[]> {
    return this.status.all();
  }

  @Get(':model')
  one(@Param(zodBody(OfModel)) { model }: z.infer<typeof OfModel>): Promise<ModelStatus> {
    return this.status.one(model);
  }
}
