import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import type { RejectionReason } from '#contracts/events/feedback';
import { beating } from '#database/standing-still';
import { storableText } from '#domain/audit/canonical-json';
import { insertDeadLetter, type RejectedMessage } from './dead-letters.js';

/** Which dead letters: all of them where nothing is named. */
export interface DeadLetterFilter {
  readonly reason?: RejectionReason | undefined;
  readonly topic?: string | undefined;
  readonly ids?: readonly string[] | undefined;
}

export interface DeadLetterRow {
  readonly id: string;
  readonly reason: RejectionReason;
  readonly field: string | null;
  readonly detail: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** A name for each value of {@link DeadLetterRow.header_values}. */
  readonly header_names: readonly Buffer[];
  readonly header_values: readonly (Buffer | null)[];
  readonly consumer: string | null;
  readonly stack: string | null;
  readonly received_at: Date;
  readonly replayed_at: Date | null;
  readonly replays: number;
}

export type FoundRow = Pick<
  DeadLetterRow,
  | 'id'
  | 'reason'
  | 'field'
  | 'detail'
  | 'topic'
  | 'partition'
  | 'offset'
  | 'key'
  | 'value'
  | 'received_at'
  | 'replayed_at'
>;

export interface DeadLetterGroupRow {
  readonly reason: RejectionReason;
  readonly topic: string;
  readonly waiting: number;
  readonly replayed: number;
  readonly first_at: Date;
  readonly last_at: Date;
  readonly id: string;
  readonly field: string | null;
  readonly detail: string;
  readonly value: Buffer | null;
}

/** Of the letters of one decision, so many ids are kept beside their number. */
const MOST_IDS = 1000;

const FILTER = `($1::text is null or reason = $1) and ($2::text is null or topic = $2) and ($3::uuid[] is null or id = any($3))`;
/** One row a reason and topic, with its newest waiting letter as the example. */
const GROUPS = `
select g.*, e.id, e.field, e.detail, substring(e.value for 2000) as value
from (
  select reason, topic, count(*) filter (where replayed_at is null)::integer as waiting,
    count(replayed_at)::integer as replayed, min(received_at) as first_at, max(received_at) as last_at
  from feedback.dead_letters where ${FILTER} group by reason, topic
) g
join lateral (
  select id, field, detail, value from feedback.dead_letters d
  where d.reason = g.reason and d.topic = g.topic
  order by replayed_at is null desc, received_at desc limit 1
) e on true
order by g.waiting desc, g.reason, g.topic`;
const SEARCH = `
select id, reason, field, detail, topic, partition, "offset", key, value, received_at, replayed_at
from feedback.dead_letters
where ${FILTER} and (position($4::bytea in value) > 0 or position($4 in key) > 0 or position($5 in detail) > 0)
order by received_at desc, topic, partition, "offset" desc limit $6`;
const ONE = 'select * from feedback.dead_letters where id = $1';
const WAITING = `
select * from feedback.dead_letters
where replayed_at is null and ${FILTER} and received_at <= $4
order by topic, partition, "offset" limit $5 for update skip locked`;
const SENT_BEFORE = `
select count(*)::integer as sent from feedback.dead_letters where id = any($1::uuid[]) and replayed_at is not null`;
const COUNT_WAITING = `
select topic, count(*)::float8 as waiting from feedback.dead_letters where replayed_at is null group by topic`;
const REPLAYED = `
update feedback.dead_letters set replayed_at = now(), replays = replays + 1 where id = any($1::uuid[])`;

const DROP = `
with gone as (delete from feedback.dead_letters where replayed_at is null and ${FILTER} returning id),
counted as (select count(*)::integer as letters, (array_agg(id order by id))[1:${MOST_IDS}] as ids from gone)
insert into feedback.letter_decisions (decision_id, decision, actor, why, asked, letters, ids, complete)
select $4, 'dropped', $5, $6, $7, letters, ids, true from counted where letters > 0 returning letters`;
/** As many more letters as were sent just now, of one decision. */
const SENT = `
insert into feedback.letter_decisions as d (decision_id, decision, actor, why, asked, letters, ids, complete)
values ($1, 'replayed', $2, $3, $4, cardinality($5::uuid[]), $5, false)
on conflict (decision_id) do update set letters = d.letters + excluded.letters, changed_at = now(),
  ids = case when cardinality(d.ids) < ${MOST_IDS} then d.ids || excluded.ids else d.ids end`;
const COMPLETE = 'update feedback.letter_decisions set complete = true, changed_at = now() where decision_id = $1';

const AT_ONCE = 100;

/** Who deals with letters, and why. */
export interface Decider {
  readonly actor: string;
  readonly why: string | null;
}

const filterValues = ({ reason, topic, ids }: DeadLetterFilter): unknown[] => [
  reason ?? null,
  topic ?? null,
  ids ?? null,
];

/** The dead letters as operators deal with them. */
export class DeadLetterBox {
  constructor(private readonly pool: Pool) {}

  async groups(filter: DeadLetterFilter): Promise<DeadLetterGroupRow[]> {
    return (await this.pool.query<DeadLetterGroupRow>(GROUPS, filterValues(filter))).rows;
  }

  /** The newest letters that hold the text, byte for byte, in value or key, or in what was expected. */
  async search(filter: DeadLetterFilter, text: string, limit: number): Promise<FoundRow[]> {
    // What Postgres cannot take as text is in no sentence of ours, but it may be in a message.
    const values = [...filterValues(filter), Buffer.from(text), storableText(text), limit];
    return (await this.pool.query<FoundRow>(SEARCH, values)).rows;
  }

  /** How many wait, by the topic they came from. */
  async waiting(): Promise<Map<string, number>> {
    const { rows } = await this.pool.query<{ topic: string; waiting: number }>(COUNT_WAITING);
    return new Map(rows.map((row) => [row.topic, row.waiting]));
  }

  /** Stores what other services parked; what is there already stays as it is. */
  async keep(letters: readonly (RejectedMessage & { readonly id: string })[]): Promise<void> {
    const client = await this.pool.connect();
    try {
      for (const letter of letters) await insertDeadLetter(client, letter.id, letter);
      client.release();
    } catch (error) {
      client.release(true);
      throw error;
    }
  }

  /** Forgets letters that wait, bytes and all; who did it is kept with it. Returns how many. */
  async drop(filter: DeadLetterFilter, { actor, why }: Decider): Promise<number> {
    const values = [...filterValues(filter), randomUUID(), actor, why, filter];
    const { rows } = await this.pool.query<{ letters: number }>(DROP, values);
    return rows[0]?.letters ?? 0;
  }

  /** Of these, how many were sent again before. */
  async sentBefore({ ids }: DeadLetterFilter): Promise<number> {
    if (ids === undefined) return 0;
    return (await this.pool.query<{ sent: number }>(SENT_BEFORE, [ids])).rows[0]?.sent ?? 0;
  }

  async find(id: string): Promise<DeadLetterRow | null> {
    return (await this.pool.query<DeadLetterRow>(ONE, [id])).rows[0] ?? null;
  }

  /**
   * Hands the letters that wait to `send`, some at a time, and marks them once that resolves. Two replays at the same
   * time share the letters between them. Letters that arrive meanwhile are left, or a letter that is refused again
   * would go round forever. Returns how many were sent.
   */
  async replay(
    filter: DeadLetterFilter,
    by: Decider,
    send: (letters: readonly DeadLetterRow[]) => Promise<void>,
  ): Promise<number> {
    const until = new Date();
    const decision = randomUUID();
    let replayed = 0;
    for (;;) {
      const sent = await this.replaySome({ filter, until, decision, by }, send);
      if (sent === 0) break;
      replayed += sent;
    }
    if (replayed > 0) await this.pool.query(COMPLETE, [decision]);
    return replayed;
  }

  private async replaySome(
    {
      filter,
      until,
      decision,
      by,
    }: {
      readonly filter: DeadLetterFilter;
      readonly until: Date;
      readonly decision: string;
      readonly by: Decider;
    },
    send: (letters: readonly DeadLetterRow[]) => Promise<void>,
  ): Promise<number> {
    const client = await this.pool.connect();
    try {
      await client.query('begin');
      const { rows } = await client.query<DeadLetterRow>(WAITING, [...filterValues(filter), until, AT_ONCE]);
      if (rows.length > 0) {
        await beating(
          (text) => client.query(text),
          () => send(rows),
        );
        const ids = rows.map((row) => row.id);
        await client.query(REPLAYED, [ids]);
        await client.query(SENT, [decision, by.actor, by.why, filter, ids]);
      }
      await client.query('commit');
      client.release();
      return rows.length;
    } catch (error) {
      client.release(true);
      throw error;
    }
  }
}
