import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Runs may be carried out by trainers outside, which own them by a lease: the owner of such a run is the lease's number. Workers
 * have positive numbers, so leases have negative ones.
 */
const LEASES = `
alter table training.runs add column engine text not null default 'built-in' check (engine in ('built-in', 'external'));
create table training.leases (
  lease_id uuid primary key default gen_random_uuid(),
  owner integer generated always as identity (start with -1 increment by -1) unique,
  run_id uuid not null references training.runs on delete cascade,
  trainer text not null,
  taken_at timestamptz not null default now(),
  expires_at timestamptz not null,
  completed_with jsonb
);
create index leases_run on training.leases (run_id);
create or replace view training.run_overview as
select run_id, request_id, model, trigger, actor, state, stage, progress, message, backend, rows, digest, failure, remedy,
  queued_at, started_at, finished_at, attempts, auto_deploy, reason, warnings, training_stats, snapshot_hash, engine
from training.runs;
`;

const NO_LEASES = `
drop view training.run_overview;
drop table training.leases;
update training.runs set state = 'queued', owner = null where state = 'running' and owner < 0;
alter table training.runs drop column engine;
create view training.run_overview as
select run_id, request_id, model, trigger, actor, state, stage, progress, message, backend, rows, digest, failure, remedy,
  queued_at, started_at, finished_at, attempts, auto_deploy, reason, warnings, training_stats, snapshot_hash
from training.runs;
`;

export class ExternalTrainers1767225600107 implements MigrationInterface {
  name = 'ExternalTrainers1767225600107';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(LEASES);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(NO_LEASES);
  }
}
