import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import type { Pool } from 'pg';
import type { Logger } from '#platform/logging';
import { Loop } from '#platform/loop/loop';
import { Loops } from '#platform/loop/loops';
import { LOGGER, POOL } from '../keys.js';
import { ensurePartitions } from '../storage/partitions.js';

const HOUR_MS = 3_600_000;

/** Sees to it that this month and the next have their partitions; rows of a month without one go to the default one. */
@Injectable()
export class Partitions implements OnApplicationBootstrap {
  constructor(
    @Inject(POOL) private readonly pool: Pool,
    @Inject(Loops) loops: Loops,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    loops.add(new Loop({ name: 'partitions', everyMs: HOUR_MS, step: () => this.make(), logger }));
  }

  /** Before the first message is taken, so that its row goes where it belongs. */
  async onApplicationBootstrap(): Promise<void> {
    await this.make().catch((error: unknown) => this.logger.error({ err: error }, 'no partition for this month yet'));
  }

  private make(): Promise<void> {
    return ensurePartitions(this.pool, new Date());
  }
}
