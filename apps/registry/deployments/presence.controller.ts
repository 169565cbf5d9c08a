import { Controller, Inject } from '@nestjs/common';
import { type IncomingEvent, type InvalidEvent, OnEvent } from '#kafka/transport';
import { Presence } from './presence.js';

/** Heartbeats and activations, read whole by every registry. */
@Controller()
export class PresenceController {
  constructor(@Inject(Presence) private readonly presence: Presence) {}

  @OnEvent('serving.heartbeat', { mode: 'broadcast', invalid: 'deliver' })
  heartbeat(event: IncomingEvent<'serving.heartbeat'> | InvalidEvent): void {
    if (event.kind === 'event') this.presence.heard(event.value, new Date(event.value.at));
    else if (event.problem === 'tombstone' && event.key !== null) this.presence.gone(event.key);
  }

  @OnEvent('model.activated', { mode: 'broadcast' })
  activated({ value }: IncomingEvent<'model.activated'>): void {
    this.presence.activated(value);
  }
}
