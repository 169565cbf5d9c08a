import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { z } from 'zod';
import { sqlIn } from '#database/sql';
import type { Pulse, WaitingLetters } from '#domain/streams/feedback-alerts';

const sql = sqlIn(import.meta.dirname);

const WAITING = 'select topic, reason, waiting, first_at as since from feedback.waiting_letters';

const PULSE =
  'select at, (extract(epoch from clock_timestamp() - at) * 1000)::float8 as "ageMs" from feedback.last_pulse';

const UNAUDITED = sql('unaudited-letters');

const CLAIM = `
insert into registry.audited_letters (decision_id) select unnest($1::uuid[]) on conflict do nothing returning decision_id`;

const Waiting = z.object({ topic: z.string(), reason: z.string(), waiting: z.int(), since: z.date() });

const Decided = z.object({
  decision_id: z.string(),
  decision: z.enum(['replayed', 'dropped']),
  actor: z.string(),
  why: z.string().nullable(),
  asked: z.object({ reason: z.string().optional(), topic: z.string().optional(), ids: z.array(z.string()).optional() }),
  letters: z.int(),
  ids: z.array(z.string()),
  decided_at: z.date(),
});
export type DecidedLetters = z.infer<typeof Decided>;

/** What feedback-ingest writes of itself and of refused messages. */
@Injectable()
export class LetterStore {
  async waiting(manager: EntityManager): Promise<WaitingLetters[]> {
    return z.array(Waiting).parse(await manager.query(WAITING));
  }

  /** Null where feedback-ingest has never run. */
  async pulse(manager: EntityManager): Promise<Pulse | null> {
    const Row = z.object({ at: z.date().nullable(), ageMs: z.number().nullable() });
    const [row] = z.array(Row).parse(await manager.query(PULSE));
    return row?.at == null ? null : { at: row.at, ageMs: row.ageMs ?? 0 };
  }

  /** Decisions that are complete, or stay unfinished, and that no audit log had; they are this transaction's to record. */
  async takeUnaudited(manager: EntityManager): Promise<DecidedLetters[]> {
    const found = z.array(Decided).parse(await manager.query(UNAUDITED));
    if (found.length === 0) return [];
    const claimed: { decision_id: string }[] = await manager.query(CLAIM, [
      found.map(({ decision_id }) => decision_id),
    ]);
    return found.filter(({ decision_id }) => claimed.some((one) => one.decision_id === decision_id));
  }
}
