import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { z } from 'zod';
import { RejectionReason } from '#contracts/events/feedback';
import { type DeadLetterDetail, type DeadLetterGroup, type ReplayAccepted, ReplayBody } from '#contracts/http/feedback';
import { Uuid } from '#contracts/primitives';
import { RequiresRole } from '#platform/auth/auth';
import { zodBody } from '#platform/problem';
import { DeadLetters } from './dead-letters.js';

const Filter = z.object({ reason: RejectionReason.optional(), topic: z.string().optional() });

@Controller('/v1/dead-letters')
export class DeadLettersController {
  constructor(@Inject(DeadLetters) private readonly deadLetters: DeadLetters) {}

  @Get()
  @RequiresRole('viewer')
  groups(@Query(zodBody(Filter)) filter: z.infer<typeof Filter>): Promise<DeadLetterGroup[]> {
    return this.deadLetters.groups(filter);
  }

  @Get(':id')
  @RequiresRole('viewer')
  show(@Param('id', zodBody(Uuid)) id: string): Promise<DeadLetterDetail> {
    return this.deadLetters.show(id);
  }

  @Post('replay')
  @HttpCode(200)
  @RequiresRole('operator')
  async replay(@Body(zodBody(ReplayBody)) body: ReplayBody): Promise<ReplayAccepted> {
    return { replayed: await this.deadLetters.replay(body) };
  }
}
