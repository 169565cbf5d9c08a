import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Logger } from '#platform/logging';
import { ModelStore } from '../storage/model-store.js';
import { LOGGER } from '../tokens.js';
import { Decisions } from './decisions.service.js';
import { Presence } from './presence.js';

const INTERVAL_MS = 500;
/** After a start or an outage, the acknowledgements of meanwhile are read before a deadline counts. */
const STEADY_MS = 5_000;

/** Lets running deployments see that time passes and that instances come and go. */
@Injectable()
export class Ticker implements OnApplicationBootstrap, OnApplicationShutdown {
  private timer: NodeJS.Timeout | null = null;
  private current: Promise<void> = Promise.resolve();
  private stopped = false;

  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(ModelStore) private readonly models: ModelStore,
    @Inject(Decisions) private readonly decisions: Decisions,
    @Inject(Presence) private readonly presence: Presence,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.schedule();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    if (this.timer !== null) clearTimeout(this.timer);
    await this.current;
  }

  private schedule(): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => {
      this.current = this.tick()
        .catch((error: unknown) => this.logger.warn({ err: error }, 'running deployments could not be looked at'))
        .finally(() => this.schedule());
    }, INTERVAL_MS);
  }

  private async tick(): Promise<void> {
    if (this.presence.steadyForMs() < STEADY_MS) return;
    for (const model of await this.models.withRunningDeployment(this.dataSource.manager))
      await this.decisions.run(model, { kind: 'tick' });
  }
}
