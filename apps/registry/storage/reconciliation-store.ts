import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { z } from 'zod';
import { Reconciliation } from '#contracts/http/reconciliation';
import { DESIRED_STATE_TOPICS } from '#contracts/topics';

/**
 * In one snapshot: with nothing of a model in the outbox, its topics must hold this generation. `lossIsTold` and
 * `mended` say what was done about it before.
 */
const STANDING = `
select m.model, m.generation::float8 as generation,
  exists (select 1 from registry.outbox o
    where o.topic = any($1) and o.event ->> 'model' = m.model) as "onItsWay",
  exists (select 1 from registry.alerts a
    where a.model = m.model and a.alert = 'desired-state-lost' and a.resolved_at is null) as "lossIsTold",
  (select count(*)::int from registry.reconciliations r
    where r.model = m.model and r.record ->> 'finding' = 'other-history'
      and r.found_at > now() - interval '10 minutes') as "mendedOfLate"
from registry.models m order by m.model`;

const LIST = `
select record || jsonb_build_object('decision', decision) as record from registry.reconciliations
where model = $1 order by found_at desc limit $2`;

const LOCK = `
select record || jsonb_build_object('decision', decision) as record from registry.reconciliations
where model = $1 and reconciliation_id = $2 for update`;

const DECIDE = 'update registry.reconciliations set decision = $2 where reconciliation_id = $1';

const OPEN = 'select count(*)::int as open from registry.reconciliations where model = $1 and decision is null';

const Row = z.object({ record: Reconciliation }).transform(({ record }) => record);

/** Where a model stands before the topics are looked at. */
export interface ModelStanding {
  model: string;
  generation: number;
  /** Something is decided and not published yet. */
  onItsWay: boolean;
  lossIsTold: boolean;
  mendedOfLate: number;
}

/** What was found to differ from what was wanted; decisions write it. */
@Injectable()
export class ReconciliationStore {
  async standing(manager: EntityManager): Promise<ModelStanding[]> {
    return manager.query<ModelStanding[]>(STANDING, [[...DESIRED_STATE_TOPICS]]);
  }

  async list(manager: EntityManager, model: string, limit: number): Promise<Reconciliation[]> {
    return z.array(Row).parse(await manager.query(LIST, [model, limit]));
  }

  /** One, which nobody else decides about until the transaction ends. */
  async take(manager: EntityManager, model: string, id: string): Promise<Reconciliation | null> {
    const [row] = await manager.query<unknown[]>(LOCK, [model, id]);
    return row === undefined ? null : Row.parse(row);
  }

  async decide(manager: EntityManager, id: string, decision: Reconciliation['decision']): Promise<void> {
    await manager.query(DECIDE, [id, JSON.stringify(decision)]);
  }

  /** How many wait for a person. */
  async open(manager: EntityManager, model: string): Promise<number> {
    const [row] = await manager.query<{ open: number }[]>(OPEN, [model]);
    return row?.open ?? 0;
  }
}
