import type { DataSource } from 'typeorm';
import { z } from 'zod';
import type { TrainingRequested } from '#contracts/events/training';
import { sqlIn } from '#database/sql';
import type { Beginnings } from '#domain/schedule/first-training';
import type { Outbox } from '#outbox/outbox';

const sql = sqlIn(import.meta.dirname);

/** When a model's schedule began to count: the moment a trainer first saw it. */
const COUNTS_FROM = `
insert into training.schedules (model, counts_from) values ($1, $2)
on conflict (model) do update set counts_from = training.schedules.counts_from
returning counts_from`;

const LAST_SLOT = `select max(slot::timestamptz) as last from training.slots where model = $1 and slot like '____-__-__T%'`;

/** Whoever inserts the slot asks for the training; for everybody else it is done. */
const TAKE_SLOT = `
insert into training.slots (model, slot, request_id) values ($1, $2, $3)
on conflict (model, slot) do nothing returning model`;

const BEGINNINGS = sql('beginnings');
const BeginningsRow = z.tuple([
  z.object({ underWay: z.boolean(), live: z.boolean(), byHand: z.boolean(), lastSlot: z.string().nullable() }),
]);

/** Which trainings were asked for without a person: kept in Postgres, so that several trainers ask once. */
export class SlotStore {
  constructor(
    private readonly dataSource: DataSource,
    private readonly outbox: Outbox,
  ) {}

  /** The last slot that was used, or else when the schedule began to count. */
  async usedUntil(model: string, now: Date): Promise<Date> {
    const rows = z
      .array(z.object({ counts_from: z.date() }))
      .parse(await this.dataSource.query(COUNTS_FROM, [model, now]));
    const [used] = z
      .array(z.object({ last: z.date().nullable() }))
      .parse(await this.dataSource.query(LAST_SLOT, [model]));
    const from = rows[0]?.counts_from ?? now;
    return used?.last && used.last > from ? used.last : from;
  }

  /** Uses a slot and asks for its training, in one transaction; false if somebody else did. */
  async take(slot: string, request: TrainingRequested): Promise<boolean> {
    return this.dataSource.transaction(async (manager) => {
      const taken: unknown[] = await manager.query(TAKE_SLOT, [request.model, slot, request.request_id]);
      if (taken.length === 0) return false;
      await this.outbox.add(manager, 'training.requested', request);
      return true;
    });
  }

  async beginnings(model: string): Promise<Beginnings & { readonly lastSlot: string | null }> {
    return BeginningsRow.parse(await this.dataSource.query(BEGINNINGS, [model]))[0];
  }
}
