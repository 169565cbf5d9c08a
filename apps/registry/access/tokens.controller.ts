import { Body, Controller, Get, Inject, Post, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { TokenBody, type TokenCreated, type Whoami } from '#contracts/http/registry';
import { principalOf, RequiresRole } from '#platform/auth/auth';
import { zodBody } from '#platform/problem';
import { Tokens } from './tokens.service.js';

@Controller('/v1')
export class TokensController {
  constructor(@Inject(Tokens) private readonly tokens: Tokens) {}

  @Get('whoami')
  @RequiresRole('viewer')
  whoami(@Req() request: FastifyRequest): Whoami {
    const { name, role } = principalOf(request);
    return { name, role };
  }

  @Post('tokens')
  @RequiresRole('admin')
  async create(
    @Body(zodBody(TokenBody)) { name, role }: z.infer<typeof TokenBody>,
    @Req() request: FastifyRequest,
  ): Promise<z.infer<typeof TokenCreated>> {
    return { name, role, token: await this.tokens.create(name, role, principalOf(request)) };
  }
}
