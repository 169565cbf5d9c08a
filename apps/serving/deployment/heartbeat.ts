import { Inject, Injectable } from '@nestjs/common';
import type { Heartbeat } from '#contracts/events/deployment';
import type { EventProducer } from '#kafka/produce/producer';
import type { Logger } from '#platform/logging';
import { Loop } from '#platform/loop/loop';
import { Loops } from '#platform/loop/loops';
import { SERVING_CONFIG, type ServingConfig } from '../config.js';
import { LOGGER, PRODUCER, type ServingTransport, TRANSPORT } from '../keys.js';
import { Follower } from './follower.js';

const INTERVAL_MS = 2000;
/** After an outage, a consumer needs a few seconds longer than a producer. */
const DEAF_AFTER_MS = 15_000;

/** Says every two seconds that this instance is there and what it serves, and goodbye at the end. */
@Injectable()
export class HeartbeatService {
  private readonly startedAt = new Date().toISOString();
  private readonly loop: Loop;
  private draining = false;
  /** Since when Kafka has taken every beat. */
  private sendsSince: number | null = null;
  private drainingTold: () => void = () => undefined;

  constructor(
    @Inject(PRODUCER) private readonly producer: Pick<EventProducer, 'publish' | 'tombstone'>,
    @Inject(TRANSPORT) private readonly transport: ServingTransport,
    @Inject(Follower) private readonly follower: Pick<Follower, 'unreadiness' | 'standing'>,
    @Inject(SERVING_CONFIG) private readonly config: ServingConfig,
    @Inject(Loops) loops: Loops,
    @Inject(LOGGER) logger: Logger,
  ) {
    this.loop = loops.add(
      // Kafka being away for long is no reason to come late when it is back.
      new Loop({
        name: 'heartbeat',
        everyMs: INTERVAL_MS,
        step: () => this.send(),
        abandonable: true,
        logger,
        longestBackOffMs: INTERVAL_MS,
      }),
    );
  }

  /** From now on not ready, though still there; resolves when Kafka has it. */
  async drain(): Promise<void> {
    const told = new Promise<void>((resolve) => {
      this.drainingTold = resolve;
    });
    this.draining = true;
    this.loop.wake();
    await told;
  }

  /**
   * Why this instance should not be sent requests although it could answer them: Kafka takes what it sends, and it hears
   * nothing. It would go on answering by what was taken back. While Kafka is away altogether, everybody is in the same boat.
   */
  deafness(now = Date.now()): string | null {
    const since = this.transport.deafSince()?.getTime() ?? now;
    if (this.sendsSince === null || now - Math.max(since, this.sendsSince) < DEAF_AFTER_MS) return null;
    return `Kafka takes what it sends, and it hears nothing: ${this.transport.health() ?? 'it begins to hear again'}`;
  }

  /** Says it now. */
  wake(): void {
    this.loop.wake();
  }

  async sayGoodbye(): Promise<void> {
    await this.loop.stop();
    await this.producer.tombstone('serving.heartbeat', this.config.instance);
  }

  private async send(): Promise<void> {
    const { draining } = this;
    try {
      await this.producer.publish('serving.heartbeat', this.beat());
      this.sendsSince ??= Date.now();
    } catch (error) {
      this.sendsSince = null;
      throw error;
    }
    if (draining) this.drainingTold();
  }

  private unready(now: number, deafSince: Date | null): string | null {
    if (this.draining) return 'it is about to stop';
    if (deafSince !== null)
      return `it hears nothing from Kafka: ${this.transport.health() ?? 'it begins to hear again'}`;
    return this.follower.unreadiness(now);
  }

  beat(): Heartbeat {
    const now = Date.now();
    const deafSince = this.transport.deafSince();
    const unready = this.unready(now, deafSince);
    return {
      instance: this.config.instance,
      url: this.config.url,
      started_at: this.startedAt,
      at: new Date(now).toISOString(),
      ready: unready === null,
      unready,
      deaf_since: deafSince?.toISOString() ?? null,
      models: this.follower.standing(),
    };
  }
}
