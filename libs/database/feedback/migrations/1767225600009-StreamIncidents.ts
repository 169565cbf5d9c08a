import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * A position knows which topic it is a position in, and what happened to a stream is kept: it was made anew, lost its end, or
 * retention was faster than ingest. Dead letters of a topic that was made anew have the places of the old one's again.
 */
const INCIDENTS = `
alter table feedback.offsets add column identity text;
create table feedback.incidents (
  incident_id uuid primary key default gen_random_uuid(),
  kind text not null check (kind in ('remade', 'truncated', 'lost')),
  topic text not null,
  partition integer not null,
  from_offset bigint not null,
  to_offset bigint not null,
  known_identity text,
  found_identity text not null,
  seen_at timestamptz not null default now()
);
create index incidents_seen on feedback.incidents (seen_at desc);
create view feedback.stream_incidents as
select incident_id, kind, topic, partition, from_offset, to_offset, known_identity, found_identity, seen_at
from feedback.incidents;
alter table feedback.dead_letters add column identity text not null default '';
alter table feedback.dead_letters drop constraint dead_letters_topic_partition_offset_key;
create unique index dead_letters_place
on feedback.dead_letters (topic, partition, "offset", identity, sha256(coalesce(value, ''::bytea)))`;

const FORGET = `
drop index feedback.dead_letters_place;
alter table feedback.dead_letters add constraint dead_letters_topic_partition_offset_key unique (topic, partition, "offset");
alter table feedback.dead_letters drop column identity;
drop view feedback.stream_incidents;
drop table feedback.incidents;
alter table feedback.offsets drop column identity`;

export class StreamIncidents1767225600009 implements MigrationInterface {
  name = 'StreamIncidents1767225600009';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(INCIDENTS);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(FORGET);
  }
}
