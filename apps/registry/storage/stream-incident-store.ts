import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { z } from 'zod';
import type { ToldIncident } from '#domain/streams/incidents';

const SINCE = `
select kind, topic, partition, from_offset, to_offset from feedback.stream_incidents
where seen_at > $1 order by seen_at desc, topic, partition limit 1000`;

const Row = z
  .object({
    kind: z.enum(['remade', 'truncated', 'lost']),
    topic: z.string(),
    partition: z.int(),
    from_offset: z.coerce.bigint(),
    to_offset: z.coerce.bigint(),
  })
  .transform(({ from_offset: from, to_offset: to, ...rest }): ToldIncident => ({ ...rest, from, to }));

/** What happened to the streams that feedback comes from; feedback-ingest writes it. */
@Injectable()
export class StreamIncidentStore {
  async since(manager: EntityManager, time: Date): Promise<ToldIncident[]> {
    return z.array(Row).parse(await manager.query(SINCE, [time]));
  }
}
