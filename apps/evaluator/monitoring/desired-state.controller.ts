import { Controller, Inject } from '@nestjs/common';
import type { DesiredState } from '#contracts/events/deployment';
import { type IncomingEvent, OnEvent } from '#kafka/transport';
import { VersionStore } from '../storage/version-store.js';

/** Keeps track of which version was live in which generation, and of which package it is. */
@Controller()
export class DesiredStateController {
  constructor(@Inject(VersionStore) private readonly versions: VersionStore) {}

  @OnEvent('model.staged')
  staged(event: IncomingEvent<'model.staged'>): Promise<void> {
    return this.remember(event.value);
  }

  @OnEvent('model.canary-advanced')
  canaryAdvanced(event: IncomingEvent<'model.canary-advanced'>): Promise<void> {
    return this.remember(event.value);
  }

  @OnEvent('model.promoted')
  promoted(event: IncomingEvent<'model.promoted'>): Promise<void> {
    return this.remember(event.value);
  }

  @OnEvent('model.rolled-back')
  rolledBack(event: IncomingEvent<'model.rolled-back'>): Promise<void> {
    return this.remember(event.value);
  }

  private remember(state: DesiredState): Promise<void> {
    return this.versions.remember(state);
  }
}
