import { Inject, Injectable } from '@nestjs/common';
import type { Logger } from '#platform/logging';
import { Loop } from '#platform/loop/loop';
import { Loops } from '#platform/loop/loops';
import type { TrainerConfig } from '../config.js';
import { LOGGER, TRAINER_CONFIG } from '../keys.js';
import { Uploads } from './uploads.js';

/**
 * Removes uploads that nothing came of: their request was never sent, or the trainer died after the run had ended. Looked
 * for at the start and from then on; one that no run asked for in two looks is removed.
 */
@Injectable()
export class StaleUploads {
  private seen = new Set<string>();

  constructor(
    @Inject(Uploads) private readonly uploads: Uploads,
    @Inject(Loops) loops: Loops,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(TRAINER_CONFIG) config: Pick<TrainerConfig, 'UPLOAD_GRACE_MS'>,
  ) {
    const everyMs = config.UPLOAD_GRACE_MS;
    loops.add(new Loop({ name: 'stale uploads', everyMs, step: () => this.look(), logger }));
  }

  private async look(): Promise<void> {
    const unneeded = await this.uploads.unneeded();
    const stale = unneeded.filter((key) => this.seen.has(key));
    if (stale.length > 0) {
      await this.uploads.removeUnneeded(stale);
      this.logger.info({ uploads: stale }, 'uploads that nothing came of are removed');
    }
    this.seen = new Set(unneeded);
  }
}
