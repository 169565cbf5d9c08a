import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What people decided about refused messages, what still waits for them, and when ingest was last alive: the registry tells of all three. */
const TABLES = `
create table feedback.letter_decisions (
  decision_id uuid primary key,
  decision text not null check (decision in ('replayed', 'dropped')),
  actor text not null,
  why text,
  asked jsonb not null,
  letters integer not null,
  ids uuid[] not null,
  decided_at timestamptz not null default now(),
  changed_at timestamptz not null default now(),
  complete boolean not null
);
create view feedback.decided_letters as
select decision_id, decision, actor, why, asked, letters, ids, decided_at, changed_at, complete
from feedback.letter_decisions;
create view feedback.waiting_letters as
select topic, reason, count(*)::integer as waiting, min(received_at) as first_at
from feedback.dead_letters where replayed_at is null group by topic, reason;
create table feedback.pulses (instance text primary key, at timestamptz not null);
create view feedback.last_pulse as select max(at) as at from feedback.pulses`;

const FORGET = `
drop view feedback.last_pulse;
drop table feedback.pulses;
drop view feedback.waiting_letters;
drop view feedback.decided_letters;
drop table feedback.letter_decisions`;

export class LetterDecisions1767225600011 implements MigrationInterface {
  name = 'LetterDecisions1767225600011';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(TABLES);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(FORGET);
  }
}
