import { Inject, Injectable } from '@nestjs/common';
import { judgePosition } from '#domain/streams/position';
import type { KafkaTransport } from '#kafka/transport';
import type { Logger } from '#platform/logging';
import { Loop } from '#platform/loop/loop';
import { Loops } from '#platform/loop/loops';
import { LOGGER, READER } from '../keys.js';
import { Ingest } from './ingest.js';
import { Positions } from './positions.js';
import { FEEDBACK_TOPICS } from './read-batch.js';
import { StreamLag } from './stream-lag.js';

const EVERY_MS = 5_000;

/**
 * Looks at positions that do not fit their topics, or what was stored, although nothing new comes, which would show it. Whoever reads the partition is
 * given the time between two looks, to store what it has fetched already.
 */
@Injectable()
export class PositionWatch {
  private suspected = new Set<string>();

  constructor(
    @Inject(StreamLag) private readonly streams: StreamLag,
    @Inject(Positions) private readonly positions: Positions,
    @Inject(Ingest) private readonly ingest: Ingest,
    @Inject(READER) private readonly reader: Pick<KafkaTransport, 'placeAgain'>,
    @Inject(Loops) loops: Loops,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    loops.add(new Loop({ name: 'positions', everyMs: EVERY_MS, step: () => this.look(), logger }));
  }

  private async look(): Promise<void> {
    const suspected = new Set<string>();
    const back: string[] = [];
    // Read before Postgres is asked, which must not have moved on meanwhile.
    const believed = this.ingest.believed();
    for (const { topic, partition, found, position } of await this.streams.standing(FEEDBACK_TOPICS)) {
      const held = believed.get(`${topic}/${partition}`);
      if (held !== undefined && held.identity === position.identity && held.expected > position.expected)
        back.push(`${topic}/${partition}`);
      if (judgePosition(position, found).kind === 'good') continue;
      const name = `${topic}/${partition} at ${position.expected} of ${position.identity}`;
      if (this.suspected.has(name)) await this.positions.of({ topic, partition });
      else suspected.add(name);
    }
    this.suspected = suspected;
    if (back.length > 0) this.goBack(back);
  }

  /** What was stored is not there any more, as after a restored database: it is read again, though nothing new comes. */
  private goBack(names: readonly string[]): void {
    for (const name of names) this.ingest.forget(name);
    this.logger.error({ partitions: names }, 'the database has lost what was stored: it is read again');
    this.reader.placeAgain(`${names.join(', ')}: the database is behind what was stored`);
  }
}
