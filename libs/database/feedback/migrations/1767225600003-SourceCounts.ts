import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What came of each partition's messages, counted where its offset moves; and a cheap way to the newest rows. */
const COUNTS = `
alter table feedback.offsets
  add column stored bigint not null default 0,
  add column duplicates bigint not null default 0,
  add column dead_letters bigint not null default 0,
  add column last_received_at timestamptz;
create index events_received on feedback.events using brin (received_at);
create index predictions_received on feedback.predictions using brin (received_at);
create index dead_letters_waiting on feedback.dead_letters (topic, reason) where replayed_at is null`;

const UNCOUNT = `
drop index feedback.dead_letters_waiting, feedback.predictions_received, feedback.events_received;
alter table feedback.offsets
  drop column stored, drop column duplicates, drop column dead_letters, drop column last_received_at`;

export class SourceCounts1767225600003 implements MigrationInterface {
  name = 'SourceCounts1767225600003';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(COUNTS);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(UNCOUNT);
  }
}
