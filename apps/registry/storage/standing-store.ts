import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { z } from 'zod';
import { Degraded } from '#contracts/events/deployment';

/** Models whose live version is worse than always giving the same answer, and those of which that has been told. */
const STANDINGS = `
select m.model, m.state #>> '{live,version}' as version, d.numbers as degraded
from registry.models m
left join evaluation.degraded_versions d on d.model = m.model and d.version = m.state #>> '{live,version}'
where m.state #>> '{live,version}' is not null and (d.model is not null or m.state -> 'degraded' <> 'null')
order by m.model`;

const Standings = z.array(z.object({ model: z.string(), version: z.string(), degraded: Degraded.nullable() }));

/** How live versions do that dropped, as the evaluator says. */
@Injectable()
export class StandingStore {
  async read(manager: EntityManager): Promise<z.infer<typeof Standings>> {
    return Standings.parse(await manager.query(STANDINGS));
  }
}
