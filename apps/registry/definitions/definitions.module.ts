import { Module } from '@nestjs/common';
import { DefinitionSeeds } from './definition-seeds.js';
import { DefinitionsController } from './definitions.controller.js';
import { Definitions } from './definitions.service.js';

/** What models are, in the running system. */
@Module({
  controllers: [DefinitionsController],
  providers: [Definitions, DefinitionSeeds],
})
export class DefinitionsModule {}
