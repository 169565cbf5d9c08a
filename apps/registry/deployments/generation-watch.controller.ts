import { Controller, Inject } from '@nestjs/common';
import { type IncomingEvent, OnEvent } from '#kafka/transport';
import { GenerationWatch } from './generation-watch.js';

/** What every instance reads, this registry reads too: somebody else may have written it. */
@Controller()
export class GenerationWatchController {
  constructor(@Inject(GenerationWatch) private readonly watch: GenerationWatch) {}

  @OnEvent('model.staged', { mode: 'broadcast' })
  staged({ value }: IncomingEvent<'model.staged'>): void {
    this.watch.heard(value.model, value.generation);
  }

  @OnEvent('model.canary-advanced', { mode: 'broadcast' })
  canaryAdvanced({ value }: IncomingEvent<'model.canary-advanced'>): void {
    this.watch.heard(value.model, value.generation);
  }

  @OnEvent('model.promoted', { mode: 'broadcast' })
  promoted({ value }: IncomingEvent<'model.promoted'>): void {
    this.watch.heard(value.model, value.generation);
  }

  @OnEvent('model.rolled-back', { mode: 'broadcast' })
  rolledBack({ value }: IncomingEvent<'model.rolled-back'>): void {
    this.watch.heard(value.model, value.generation);
  }
}
