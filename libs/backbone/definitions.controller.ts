import { Controller, Inject } from '@nestjs/common';
import { type IncomingEvent, OnEvent } from '#kafka/transport';
import { LiveDefinitions } from '#platform/live-definitions';

/** Keeps a service's definitions in step with what the registry publishes. */
@Controller()
export class DefinitionsController {
  constructor(@Inject(LiveDefinitions) private readonly definitions: LiveDefinitions) {}

  @OnEvent('model.defined', { mode: 'broadcast' })
  defined({ value }: IncomingEvent<'model.defined'>): void {
    this.definitions.take(value);
  }
}
