import { Body, Controller, Get, HttpCode, Inject, Param, Post, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import {
  type CanaryAccepted,
  CanaryBody,
  type CanaryStatus,
  ShadowBody,
  type ShadowStatus,
} from '#contracts/http/rollout';
import { ModelName } from '#contracts/primitives';
import { principalOf, RequiresRole } from '#platform/auth/auth';
import { zodBody } from '#platform/problem';
import { Rollout } from './rollout.service.js';

const OfModel = z.object({ model: ModelName });
type OfModel = z.infer<typeof OfModel>;

/** Canaries and shadows over HTTP. */
@Controller('/v1/models/:model')
export class RolloutController {
  constructor(@Inject(Rollout) private readonly rollout: Rollout) {}

  @Get('canary')
  @RequiresRole('viewer')
  canary(@Param(zodBody(OfModel)) { model }: OfModel): Promise<CanaryStatus> {
    return this.rollout.canary(model);
  }

  @Post('canary/advance')
  @HttpCode(202)
  @RequiresRole('operator')
  advance(
    @Param(zodBody(OfModel)) { model }: OfModel,
    @Body(zodBody(CanaryBody)) body: CanaryBody,
    @Req() request: FastifyRequest,
  ): Promise<CanaryAccepted> {
    return this.rollout.advance(model, principalOf(request).name, body);
  }

  @Post('canary/abort')
  @HttpCode(202)
  @RequiresRole('operator')
  abort(
    @Param(zodBody(OfModel)) { model }: OfModel,
    @Body(zodBody(CanaryBody)) body: CanaryBody,
    @Req() request: FastifyRequest,
  ): Promise<CanaryAccepted> {
    return this.rollout.abort(model, principalOf(request).name, body);
  }

  @Get('shadow')
  @RequiresRole('viewer')
  shadow(@Param(zodBody(OfModel)) { model }: OfModel): Promise<ShadowStatus> {
    return this.rollout.shadow(model);
  }

  @Post('shadow')
  @HttpCode(200)
  @RequiresRole('operator')
  setShadow(
    @Param(zodBody(OfModel)) { model }: OfModel,
    @Body(zodBody(ShadowBody)) body: ShadowBody,
    @Req() request: FastifyRequest,
  ): Promise<ShadowStatus> {
    return this.rollout.setShadow(model, principalOf(request).name, body);
  }
}
