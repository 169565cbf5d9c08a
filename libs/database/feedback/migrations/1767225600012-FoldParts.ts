import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Stored batches are folded in parts, by task, so that several connections can fold at once. A release before this one looks only for
 * whole batches, and finds none that were begun in parts. No query ever asked the index on first_received_at.
 */
const PARTS = `
create table feedback.unfolded_parts (
  batch_id bigint not null,
  part smallint not null,
  rows integer not null,
  received_at timestamptz not null,
  primary key (part, batch_id)
);
create or replace view feedback.fold_lag as
select count(distinct batch_id)::integer as batches, coalesce(sum(rows), 0)::bigint as rows, min(received_at) as oldest
from (
  select batch_id, rows, received_at from feedback.unfolded_batches
  union all
  select batch_id, rows, received_at from feedback.unfolded_parts
) unfolded;
drop index feedback.tasks_first_received`;

const WHOLE = `
create index tasks_first_received on feedback.tasks (model, first_received_at);
create or replace view feedback.fold_lag as
select count(*)::integer as batches, coalesce(sum(rows), 0)::bigint as rows, min(received_at) as oldest
from feedback.unfolded_batches;
drop table feedback.unfolded_parts`;

export class FoldParts1767225600012 implements MigrationInterface {
  name = 'FoldParts1767225600012';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(PARTS);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(WHOLE);
  }
}
