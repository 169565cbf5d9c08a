import { Inject, Injectable } from '@nestjs/common';
import type { Heartbeat } from '#contracts/events/deployment';
import type { EventProducer } from '#kafka/producer';
import type { Logger } from '#platform/logging';
import { SERVING_CONFIG, type ServingConfig } from '../config.js';
import { LOGGER, PRODUCER } from '../injection.js';
import type { FollowedModel } from './followed-model.js';
import { Follower } from './follower.js';

const INTERVAL_MS = 2000;

/** Says every two seconds that this instance is there and what it serves, and goodbye at the end. */
@Injectable()
export class HeartbeatService {
  private readonly startedAt = new Date().toISOString();
  private timer: NodeJS.Timeout | null = null;
  private sending = false;
  private draining = false;

  constructor(
    @Inject(PRODUCER) private readonly producer: EventProducer,
    @Inject(Follower) private readonly follower: Follower,
    @Inject(SERVING_CONFIG) private readonly config: ServingConfig,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  start(): void {
    this.timer = setInterval(() => void this.send(), INTERVAL_MS);
    void this.send();
  }

  /** From now on not ready, though still there. */
  async drain(): Promise<void> {
    this.draining = true;
    await this.send();
  }

  async sayGoodbye(): Promise<void> {
    if (this.timer !== null) clearInterval(this.timer);
    await this.producer.tombstone('serving.heartbeat', this.config.instance);
  }

  private async send(): Promise<void> {
    // Kafka is slow or away: this beat is news no longer when its turn comes.
    if (this.sending) return;
    this.sending = true;
    try {
      await this.producer.publish('serving.heartbeat', this.beat());
    } catch (error) {
      this.logger.debug({ err: error }, 'a heartbeat was not taken');
    } finally {
      this.sending = false;
    }
  }

  private beat(): Heartbeat {
    const now = Date.now();
    return {
      instance: this.config.instance,
      url: this.config.url,
      started_at: this.startedAt,
      at: new Date(now).toISOString(),
      ready: !this.draining && this.follower.unreadiness(now) === null,
      models: this.follower.all().map(modelOf),
    };
  }
}

function modelOf({ desired, acting, shelf }: FollowedModel): Heartbeat['models'][number] {
  const live = acting?.live ?? null;
  const canary = acting?.canary ?? null;
  return {
    model: desired.model,
    seen_generation: desired.generation,
    generation: acting?.generation ?? 0,
    version: live?.ref.version ?? null,
    digest: live?.ref.digest ?? null,
    canary: canary === null ? null : { version: canary.version.ref.version, percent: canary.percent },
    warm: shelf
      .all()
      .filter((served) => served !== live)
      .map((served) => served.ref.version),
  };
}
