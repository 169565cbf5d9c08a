import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { z } from 'zod';
import { sqlIn } from '#database/sql';
import type { TrialMinute } from '#domain/canary/curve';
import type { Arm } from '#domain/canary/difference';

const sql = sqlIn(import.meta.dirname);

const SINCE = sql('outcomes-since');
const OF_TRIAL = sql('trial-outcomes');

const Minutes = z.array(
  z.object({
    at: z.date().transform((at) => at.toISOString()),
    generation: z.coerce.number(),
    role: z.enum(['canary', 'live']),
    outcomes: z.int(),
    failures: z.int(),
  }),
);

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

  /** Of the tasks that either of the two decided since a trial began, which is with this generation; the oldest first. */
  async ofTrial(
    manager: EntityManager,
    model: string,
    versions: { canary: string; live: string | null },
    began: { at: string; generation: number },
  ): Promise<TrialMinute[]> {
    const rows = await manager.query(OF_TRIAL, [
      model,
      [versions.canary, versions.live],
      ['canary', 'live'],
      began.at,
      began.generation,
    ]);
    return Minutes.parse(rows);
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
