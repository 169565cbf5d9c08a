import { EventEmitter } from 'node:events';
import { Injectable } from '@nestjs/common';
import type { Deployment } from '#contracts/http/deployments';

/** One server-sent event. */
export interface FeedEvent {
  /** The Kafka topic; or "deployment", whose data is the deployment as `GET …/deployments/{id}` gives it. */
  name: string;
  id: string | null;
  model: string | null;
  data: unknown;
}

/** What happens, as it happens, for everybody who follows this registry. */
@Injectable()
export class EventFeed {
  private readonly emitter = new EventEmitter().setMaxListeners(0);

  push(event: FeedEvent): void {
    this.emitter.emit('event', event);
  }

  deployment(deployment: Deployment): void {
    this.push({ name: 'deployment', id: null, model: deployment.model, data: deployment });
  }

  get followers(): number {
    return this.emitter.listenerCount('event');
  }

  /** Returns the function that ends the subscription. */
  subscribe(listener: (event: FeedEvent) => void): () => void {
    this.emitter.on('event', listener);
    return () => this.emitter.off('event', listener);
  }
}
