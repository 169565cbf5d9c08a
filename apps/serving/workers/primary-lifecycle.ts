import { setTimeout as pause } from 'node:timers/promises';
import {
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleDestroy,
} from '@nestjs/common';
import type { Logger } from '#platform/logging';
import { HeartbeatService } from '../deployment/heartbeat.js';
import { LOGGER, type ServingTransport, TRANSPORT } from '../keys.js';
import { showConnected } from '../lifecycle/connected.js';
import { Drain } from '../lifecycle/drain.js';
import { Workers } from './workers.js';

/** The workers have taken most of the time there is. */
const FAREWELL_MS = 1000;

/** Starts and stops the primary's parts in order; each worker has the Lifecycle of an instance. */
@Injectable()
export class PrimaryLifecycle implements OnApplicationBootstrap, OnModuleDestroy, OnApplicationShutdown {
  constructor(
    @Inject(TRANSPORT) private readonly transport: ServingTransport,
    @Inject(Workers) private readonly workers: Workers,
    @Inject(HeartbeatService) private readonly heartbeat: HeartbeatService,
    @Inject(Drain) private readonly drain: Drain,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    showConnected(transport);
  }

  onApplicationBootstrap(): void {
    void this.transport.caughtUp().then(() => this.workers.haveCaughtUp());
  }

  /** Callers move away while the workers still answer. */
  async onModuleDestroy(): Promise<void> {
    this.drain.active = true;
    void this.heartbeat.drain();
    await this.workers.stop();
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.race([this.heartbeat.sayGoodbye(), pause(FAREWELL_MS)]).catch((error: unknown) =>
      this.logger.warn({ err: error }, 'Kafka was not told goodbye'),
    );
  }
}
