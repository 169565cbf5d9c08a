import { Body, Controller, Delete, Get, Inject, Param, Post, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { TokenBody, type TokenCreated, type Whoami } from '#contracts/http/registry';
import type { TokenRecord } from '#contracts/http/tokens';
import { Actor } from '#contracts/primitives';
import { principalOf, RequiresRole } from '#platform/auth/auth';
import { zodBody } from '#platform/problem';
import { Tokens } from './tokens.service.js';

const ByName = z.object({ name: Actor });

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

  @Get('tokens')
  @RequiresRole('admin')
  list(): Promise<TokenRecord[]> {
    return this.tokens.list();
  }

  @Delete('tokens/:name')
  @RequiresRole('admin')
  revoke(
    @Param(zodBody(ByName)) { name }: z.infer<typeof ByName>,
    @Req() request: FastifyRequest,
  ): Promise<TokenRecord> {
    return this.tokens.revoke(name, principalOf(request));
  }
}
