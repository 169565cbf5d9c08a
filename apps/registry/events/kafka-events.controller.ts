import { Controller, Inject } from '@nestjs/common';
import { SHOWN_TOPICS } from '#contracts/topics';
import { type IncomingEvent, OnEvents } from '#kafka/transport';
import { Presence } from '../deployments/presence.js';
import { EventFeed } from './event-feed.js';

/** Passes events on to whoever follows; every registry reads them all. */
@Controller()
export class KafkaEventsController {
  private live = false;

  constructor(
    @Inject(EventFeed) private readonly feed: EventFeed,
    @Inject(Presence) presence: Presence,
  ) {
    // What was there before this start is history, not news.
    presence.ready().then(() => {
      this.live = true;
    });
  }

  @OnEvents(SHOWN_TOPICS, { mode: 'broadcast' })
  pass({ topic, id, value }: IncomingEvent): void {
    if (!this.live) return;
    const model = 'model' in value && typeof value.model === 'string' ? value.model : null;
    this.feed.push({ name: topic, id, model, data: value });
  }
}
