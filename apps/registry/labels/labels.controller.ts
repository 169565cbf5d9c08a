import { Controller, Inject } from '@nestjs/common';
import type { AliasRecord, AliasSet, VersionLabels } from '#contracts/http/labels';
import { type Input, Operation } from '#http/server/operation';
import { Labels } from './labels.service.js';

@Controller()
export class LabelsController {
  constructor(@Inject(Labels) private readonly labels: Labels) {}

  @Operation('listAliases')
  aliases({ params: { model } }: Input<'listAliases'>): Promise<AliasRecord[]> {
    return this.labels.aliases(model);
  }

  @Operation('setAlias')
  set({ params: { model }, body, principal }: Input<'setAlias'>): Promise<AliasSet> {
    return this.labels.setAlias(model, body, principal.name);
  }

  @Operation('removeAlias')
  remove({ params: { model, alias }, principal }: Input<'removeAlias'>): Promise<AliasRecord> {
    return this.labels.removeAlias(model, alias, principal.name);
  }

  @Operation('tagVersion')
  tag({ params: { model, version }, body, principal }: Input<'tagVersion'>): Promise<VersionLabels> {
    return this.labels.tag(model, version, body, principal.name);
  }

  @Operation('describeVersion')
  describe({ params: { model, version }, body, principal }: Input<'describeVersion'>): Promise<VersionLabels> {
    return this.labels.describe(model, version, body, principal.name);
  }
}
