import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { z } from 'zod';
import { AccuracyNow } from '#contracts/http/registry';

/** Outcomes that make an accuracy steady enough to be called "now". */
const ENOUGH_OUTCOMES = 500;

/**
 * Reads backwards from the newest minute until there are enough outcomes. A minute may have two rows, of the version as
 * a canary and live; and no more than 2,000 rows are looked at, whatever little each brings.
 */
const NOW = `
select sum(outcomes)::float8 as outcomes, sum(correct)::float8 as correct, sum(failures)::float8 as failures,
  least(1, sum(reference * outcomes) / nullif(sum(outcomes) filter (where reference is not null), 0))::float8 as reference,
  min(window_start) as since
from (
  select *, sum(outcomes) over (order by window_start desc, role) - outcomes as before
  from (
    select role, window_start, outcomes, correct, failures, reference from evaluation.accuracy_by_role
    where model = $1 and version = $2 and role in ('live', 'canary') and window_start > now() - interval '7 days'
    order by window_start desc limit 2000
  ) newest
) counted
where before < ${ENOUGH_OUTCOMES} and outcomes > 0
having sum(outcomes) > 0`;

const Row = z
  .looseObject({ since: z.date().transform((at) => at.toISOString()) })
  .pipe(AccuracyNow.omit({ version: true }));

/** How a version does in production, as the evaluator counts it. */
@Injectable()
export class AccuracyStore {
  /** Null without an outcome in the last week. */
  async now(manager: EntityManager, model: string, version: string): Promise<AccuracyNow | null> {
    const [row] = z.array(Row).parse(await manager.query(NOW, [model, version]));
    return row === undefined ? null : { version, ...row };
  }
}
