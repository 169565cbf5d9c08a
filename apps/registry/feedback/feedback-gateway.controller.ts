import { Body, Controller, Get, Headers, HttpCode, Inject, Post, Query } from '@nestjs/common';
import { z } from 'zod';
import { RejectionReason } from '#contracts/events/feedback';
import { ReplayBody } from '#contracts/http/feedback';
import { ModelName } from '#contracts/primitives';
import { RequiresRole } from '#platform/auth/auth';
import { zodBody } from '#platform/problem';
import { FeedbackGateway } from './feedback-gateway.js';

const Filter = z.object({
  model: ModelName.optional(),
  reason: RejectionReason.optional(),
  topic: z.string().optional(),
});

/** What feedback-ingest knows, under the registry's address. */
@Controller('/v1')
export class FeedbackGatewayController {
  constructor(@Inject(FeedbackGateway) private readonly gateway: FeedbackGateway) {}

  @Get('metrics/feedback')
  @RequiresRole('viewer')
  sources(@Headers('authorization') authorization: string): Promise<unknown> {
    return this.gateway.ask('GET', '/v1/metrics/feedback', authorization);
  }

  @Get('dead-letters')
  @RequiresRole('viewer')
  deadLetters(
    @Query(zodBody(Filter)) { reason, topic }: z.infer<typeof Filter>,
    @Headers('authorization') authorization: string,
  ): Promise<unknown> {
    const query = new URLSearchParams({ ...(reason && { reason }), ...(topic && { topic }) });
    return this.gateway.ask('GET', `/v1/dead-letters?${query}`, authorization);
  }

  @Post('dead-letters/replay')
  @HttpCode(200)
  @RequiresRole('operator')
  replay(
    @Body(zodBody(ReplayBody)) body: ReplayBody,
    @Headers('authorization') authorization: string,
  ): Promise<unknown> {
    return this.gateway.ask('POST', '/v1/dead-letters/replay', authorization, body);
  }
}
