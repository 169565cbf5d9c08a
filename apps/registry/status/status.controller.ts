import { Controller, Inject } from '@nestjs/common';
import type { ModelStatus } from '#contracts/http/models';
import { type Input, Operation } from '#http/server/operation';
import { StatusReader } from './status.service.js';

@Controller()
export class StatusController {
  constructor(@Inject(StatusReader) private readonly status: StatusReader) {}

  @Operation('listModels')
  all(): Promise<ModelStatus[]> {
    return this.status.all();
  }

  @Operation('getModel')
  one({ params: { model } }: Input<'getModel'>): Promise<ModelStatus> {
    return this.status.one(model);
  }
}
