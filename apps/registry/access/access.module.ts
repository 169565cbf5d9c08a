import { Module } from '@nestjs/common';
import { TokensController } from './tokens.controller.js';
import { Tokens } from './tokens.service.js';

/** Who may do what: tokens, and whom one belongs to. */
@Module({
  controllers: [TokensController],
  providers: [Tokens],
})
export class AccessModule {}
