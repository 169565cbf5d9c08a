import { Inject, Injectable } from '@nestjs/common';
import { GROUP } from '../keys.js';
import { type Broadcast, Presence } from './presence.js';

/**
 * For how long acknowledgements could be heard without a break. A registry that was killed waits for its predecessor's
 * place in the consumer group, and after an outage of Kafka everybody has to come back: none of that is the instances'
 * silence.
 */
@Injectable()
export class ListeningTime {
  private since = Date.now();

  constructor(
    @Inject(GROUP) private readonly group: Pick<Broadcast, 'health'>,
    @Inject(Presence) private readonly presence: Presence,
  ) {}

  /** Notices a break only when it is asked, so it has to be asked every now and then. */
  forMs(): number {
    const now = Date.now();
    if (this.group.health() !== null) this.since = now;
    return Math.min(now - this.since, this.presence.steadyForMs());
  }
}
