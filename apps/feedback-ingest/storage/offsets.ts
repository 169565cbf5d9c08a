import type { Pool } from 'pg';
import type { Position, TopicIdentity } from '#domain/streams/position';

interface Row {
  readonly next_offset: string;
  readonly identity: string | null;
  readonly leader_epoch: number | null;
}

export interface Place {
  readonly topic: string;
  readonly partition: number;
}

/** A place that is left for another one, and why. */
export interface Incident extends Place {
  readonly kind: 'remade' | 'truncated' | 'lost';
  readonly known: Position;
  readonly found: TopicIdentity;
  readonly next: bigint;
}

/** Waits for a transaction that is moving it right now. */
const READ = `
select next_offset, identity, case when epoch_offset = next_offset then leader_epoch end as leader_epoch
from feedback.offsets where topic = $1 and partition = $2 for update`;
const BEGIN = `
insert into feedback.offsets (topic, partition, next_offset, identity) values ($1, $2, $3, $4)
on conflict (topic, partition) do nothing`;
const NAME = `
update feedback.offsets set identity = $3
where topic = $1 and partition = $2 and identity is not distinct from $4 and next_offset = $5`;
const MOVE = `
with moved as (
  update feedback.offsets set next_offset = $3, identity = $4, leader_epoch = null, epoch_offset = null
  where topic = $1 and partition = $2 and next_offset = $5 and identity is not distinct from $6
  returning topic, partition
)
insert into feedback.incidents (kind, topic, partition, from_offset, to_offset, known_identity, found_identity)
select $7, topic, partition, $5, $3, $6, $4 from moved`;
const PASS = `
update feedback.offsets set next_offset = $4
where topic = $1 and partition = $2 and next_offset >= $3 and next_offset < $4`;

/** Where ingest continues in each partition, and in which topic. */
export class Offsets {
  constructor(private readonly pool: Pool) {}

  async read({ topic, partition }: Place): Promise<Position | null> {
    const [row] = (await this.pool.query<Row>(READ, [topic, partition])).rows;
    if (row === undefined) return null;
    return { expected: BigInt(row.next_offset), identity: row.identity, leaderEpoch: row.leader_epoch };
  }

  /** Of a partition that was never read; nothing happens where it was. */
  async begin({ topic, partition }: Place, expected: bigint, identity: TopicIdentity): Promise<void> {
    await this.pool.query(BEGIN, [topic, partition, expected.toString(), identity]);
  }

  /** Says which topic a place is in that did not know, or not all of it. */
  async name({ topic, partition }: Place, known: Position, identity: TopicIdentity): Promise<void> {
    await this.pool.query(NAME, [topic, partition, identity, known.identity, known.expected.toString()]);
  }

  /** Goes on elsewhere and keeps why, both or neither. False if somebody else has moved the partition. */
  async leave({ kind, topic, partition, known, found, next }: Incident): Promise<boolean> {
    const expected = known.expected.toString();
    const values = [topic, partition, next.toString(), found, expected, known.identity, kind];
    return (await this.pool.query(MOVE, values)).rowCount === 1;
  }

  /** Passes offsets without messages, from `first` to before `next`; only where the partition had come so far. */
  async pass({ topic, partition }: Place, first: bigint, next: bigint): Promise<void> {
    await this.pool.query(PASS, [topic, partition, first.toString(), next.toString()]);
  }
}
