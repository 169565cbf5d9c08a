import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import type { Logger } from '#platform/logging';
import { Loop } from '#platform/loop/loop';
import { Loops } from '#platform/loop/loops';
import { LOGGER, POOL } from '../keys.js';
import { keepPulse } from '../storage/pulses.js';

const EVERY_MS = 10_000;

/** Tells that this process is alive where the registry sees it: one that is gone or stands still cannot say so itself. */
@Injectable()
export class Pulse {
  private readonly instance = randomUUID();

  constructor(@Inject(POOL) pool: Pool, @Inject(Loops) loops: Loops, @Inject(LOGGER) logger: Logger) {
    loops.add(new Loop({ name: 'pulse', everyMs: EVERY_MS, step: () => keepPulse(pool, this.instance), logger }));
  }
}
