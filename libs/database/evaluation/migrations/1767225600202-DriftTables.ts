import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What the inputs of each model looked like, check by check. */
const DRIFT = `
create table evaluation.drift_states (
  model text primary key,
  version text not null,
  -- Rows up to this event time have been looked at.
  watermark timestamptz not null,
  -- Features that are known to have drifted; news is what is not among them.
  drifted text[] not null default '{}',
  updated_at timestamptz not null default now()
);
create table evaluation.drift_checks (
  check_id bigint generated always as identity primary key,
  model text not null,
  version text not null,
  rows integer not null,
  features jsonb not null,
  drifted text[] not null,
  checked_at timestamptz not null
);
create index drift_checks_model on evaluation.drift_checks (model, checked_at desc);
`;

/** Further views for other services. */
const VIEWS = `
create view evaluation.accuracy_by_role as
select model, version, role, window_start, outcomes, correct, failures,
  case when outcomes > 0 then reference_sum / outcomes end as reference
from evaluation.accuracy_windows;
create view evaluation.drift_overview as
select model, version, rows, features, drifted, checked_at from evaluation.drift_checks;
`;

export class DriftTables1767225600202 implements MigrationInterface {
  name = 'DriftTables1767225600202';

  async up(runner: QueryRunner): Promise<void> {
    for (const part of [DRIFT, VIEWS]) await runner.query(part);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop view evaluation.drift_overview; drop view evaluation.accuracy_by_role;
      drop table evaluation.drift_checks; drop table evaluation.drift_states;`);
  }
}
