import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { z } from 'zod';
import type { Arm } from '#domain/canary/difference';

/** By the minute in which the outcomes occurred: the minute of the beginning counts whole. */
const SINCE = `
select role, sum(outcomes)::float8 as outcomes, sum(failures)::float8 as failures, sum(correct)::float8 as correct,
  sum(agreed)::float8 as agreed, sum(agreed_failures)::float8 as agreed_failures
from evaluation.accuracy_by_role
where model = $1 and (version, role) in (select * from unnest($2::text[], $3::text[]))
  and window_start >= date_trunc('minute', $4::timestamptz)
group by role`;

const Row = z.object({
  role: z.enum(['live', 'canary', 'shadow']),
  outcomes: z.number(),
  failures: z.number(),
  correct: z.number(),
  agreed: z.number(),
  agreed_failures: z.number(),
});
type Row = z.infer<typeof Row>;

export interface ShadowOutcomes {
  tasks: number;
  correct: number;
  agreed: Arm;
  live: { outcomes: number; correct: number };
}

/** What the evaluator has counted of the predictions whose outcome is known. */
@Injectable()
export class OutcomeStore {
  /** Of the tasks that the canary and the live version decided since then. */
  async ofCanary(
    manager: EntityManager,
    model: string,
    versions: { canary: string; live: string | null },
    since: string,
  ): Promise<{ canary: Arm; live: Arm }> {
    const rows = await this.read(manager, model, { canary: versions.canary, live: versions.live }, since);
    return { canary: armOf(rows.get('canary')), live: armOf(rows.get('live')) };
  }

  /** Of the tasks that the shadow was scored on since then, and of those the live version decided. */
  async ofShadow(
    manager: EntityManager,
    model: string,
    versions: { shadow: string; live: string | null },
    since: string,
  ): Promise<ShadowOutcomes> {
    const rows = await this.read(manager, model, { shadow: versions.shadow, live: versions.live }, since);
    const shadow = rows.get('shadow');
    const live = rows.get('live');
    return {
      tasks: shadow?.outcomes ?? 0,
      correct: shadow?.correct ?? 0,
      agreed: { outcomes: shadow?.agreed ?? 0, failures: shadow?.agreed_failures ?? 0 },
      live: { outcomes: live?.outcomes ?? 0, correct: live?.correct ?? 0 },
    };
  }

  private async read(
    manager: EntityManager,
    model: string,
    versionOf: Readonly<Partial<Record<Row['role'], string | null>>>,
    since: string,
  ): Promise<Map<Row['role'], Row>> {
    const wanted = Object.entries(versionOf).filter(([, version]) => version !== null);
    const parameters = [model, wanted.map(([, version]) => version), wanted.map(([role]) => role), since];
    const rows = z.array(Row).parse(await manager.query(SINCE, parameters));
    return new Map(rows.map((row) => [row.role, row]));
  }
}

const armOf = (row: Row | undefined): Arm => ({ outcomes: row?.outcomes ?? 0, failures: row?.failures ?? 0 });
