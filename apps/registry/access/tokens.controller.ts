import { Controller, Inject } from '@nestjs/common';
import type { z } from 'zod';
import type { TokenCreated, TokenRecord, Whoami } from '#contracts/http/access';
import { type Input, Operation } from '#http/server/operation';
import { Tokens } from './tokens.service.js';

@Controller()
export class TokensController {
  constructor(@Inject(Tokens) private readonly tokens: Tokens) {}

  @Operation('whoAmI')
  whoami({ principal: { name, role } }: Input<'whoAmI'>): Whoami {
    return { name, role };
  }

  @Operation('createToken')
  async create({ body: { name, role }, principal }: Input<'createToken'>): Promise<z.infer<typeof TokenCreated>> {
    return { name, role, token: await this.tokens.create(name, role, principal) };
  }

  @Operation('listTokens')
  list(): Promise<TokenRecord[]> {
    return this.tokens.list();
  }

  @Operation('revokeToken')
  revoke({ params: { name }, principal }: Input<'revokeToken'>): Promise<TokenRecord> {
    return this.tokens.revoke(name, principal);
  }
}
