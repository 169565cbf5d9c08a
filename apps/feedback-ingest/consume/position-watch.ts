import { Inject, Injectable } from '@nestjs/common';
import { judgePosition } from '#domain/streams/position';
import type { Logger } from '#platform/logging';
import { Loop } from '#platform/loop/loop';
import { Loops } from '#platform/loop/loops';
import { LOGGER } from '../keys.js';
import { Positions } from './positions.js';
import { FEEDBACK_TOPICS } from './read-batch.js';
import { StreamLag } from './stream-lag.js';

const EVERY_MS = 5_000;

/**
 * Looks at positions that do not fit their topics although nothing new comes, which would show it. Whoever reads the partition is
 * given the time between two looks, to store what it has fetched already.
 */
@Injectable()
export class PositionWatch {
  private suspected = new Set<string>();

  constructor(
    @Inject(StreamLag) private readonly streams: StreamLag,
    @Inject(Positions) private readonly positions: Positions,
    @Inject(Loops) loops: Loops,
    @Inject(LOGGER) logger: Logger,
  ) {
    loops.add(new Loop({ name: 'positions', everyMs: EVERY_MS, step: () => this.look(), logger }));
  }

  private async look(): Promise<void> {
    const suspected = new Set<string>();
    for (const { topic, partition, found, position } of await this.streams.standing(FEEDBACK_TOPICS)) {
      if (judgePosition(position, found).kind === 'good') continue;
      const name = `${topic}/${partition} at ${position.expected} of ${position.identity}`;
      if (this.suspected.has(name)) await this.positions.of({ topic, partition });
      else suspected.add(name);
    }
    this.suspected = suspected;
  }
}
