import { Controller, Inject } from '@nestjs/common';
import type { ModelDefined } from '#contracts/events/definition';
import type { DefineAnswer, DefinitionDetail } from '#contracts/http/definitions';
import { type Input, Operation } from '#http/server/operation';
import { Definitions } from './definitions.service.js';

@Controller()
export class DefinitionsController {
  constructor(@Inject(Definitions) private readonly definitions: Definitions) {}

  @Operation('listDefinitions')
  list(): Promise<ModelDefined[]> {
    return this.definitions.list();
  }

  @Operation('readDefinition')
  read({ params: { model } }: Input<'readDefinition'>): Promise<DefinitionDetail> {
    return this.definitions.detail(model);
  }

  @Operation('defineModel')
  define({ body, principal }: Input<'defineModel'>): Promise<DefineAnswer> {
    return this.definitions.define(body, principal);
  }
}
