import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import type { Logger } from '#platform/logging';
import type { TrainerConfig } from '../config.js';
import { LOGGER, TRAINER_CONFIG } from '../tokens.js';
import { Uploads } from './uploads.js';

/**
 * Removes uploads that nothing came of: their request was never sent, or the trainer died after the run had ended. Looked
 * for at the start and from then on; one that no run asked for in two looks is removed.
 */
@Injectable()
export class StaleUploads implements OnApplicationBootstrap {
  private seen = new Set<string>();

  constructor(
    @Inject(Uploads) private readonly uploads: Uploads,
    @Inject(SchedulerRegistry) private readonly registry: SchedulerRegistry,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(TRAINER_CONFIG) private readonly config: Pick<TrainerConfig, 'UPLOAD_GRACE_MS'>,
  ) {}

  onApplicationBootstrap(): void {
    this.registry.addInterval(
      'stale uploads',
      setInterval(() => void this.look(), this.config.UPLOAD_GRACE_MS),
    );
    void this.look();
  }

  private async look(): Promise<void> {
    try {
      const unneeded = await this.uploads.unneeded();
      const stale = unneeded.filter((key) => this.seen.has(key));
      if (stale.length > 0) {
        await this.uploads.removeUnneeded(stale);
        this.logger.info({ uploads: stale }, 'uploads that nothing came of are removed');
      }
      this.seen = new Set(unneeded);
    } catch (error) {
      this.logger.warn({ err: error }, 'cannot look for stale uploads');
    }
  }
}
