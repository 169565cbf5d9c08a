import type { MigrationInterface, QueryRunner } from 'typeorm';
import { outboxTable } from '#database/outbox-table';

const TABLES = `
create table training.runs (
  run_id uuid primary key,
  request_id uuid not null unique,
  queue_position bigint generated always as identity,
  model text not null,
  trigger text not null,
  actor text not null,
  reason text,
  auto_deploy boolean not null,
  since_days integer,
  use_api boolean,
  requested_at timestamptz not null,
  backend text not null,
  state text not null check (state in ('queued', 'running', 'done', 'failed')),
  stage text not null,
  progress double precision not null default 0,
  message text not null default '',
  attempts integer not null default 0,
  owner integer,
  rows integer,
  snapshot_hash text,
  digest text,
  artifact_uri text,
  training_stats jsonb,
  warnings jsonb,
  failure text,
  remedy text,
  queued_at timestamptz not null default now(),
  started_at timestamptz,
  finished_at timestamptz,
  check ((state = 'running') = (owner is not null)),
  check (state <> 'done' or digest is not null),
  check ((state = 'failed') = (failure is not null))
);
create unique index runs_one_at_a_time on training.runs (model) where state = 'running';
create index runs_queued on training.runs (queue_position) where state = 'queued';
create index runs_model on training.runs (model, queued_at desc);

create table training.snapshots (
  hash text not null,
  model text not null,
  uri text not null,
  rows integer not null,
  watermark timestamptz not null,
  query text not null,
  created_at timestamptz not null default now(),
  primary key (model, hash)
);

create table training.schedules (
  model text primary key,
  counts_from timestamptz not null
);

create table training.slots (
  model text not null,
  slot text not null,
  request_id uuid not null,
  fired_at timestamptz not null default now(),
  primary key (model, slot)
);
`;

/** What the other services read. */
const VIEWS = `
create view training.run_overview as
select run_id, request_id, model, trigger, actor, state, stage, progress, message, backend, rows, digest, failure, remedy,
  queued_at, started_at, finished_at, attempts, auto_deploy, reason, warnings, training_stats, snapshot_hash
from training.runs;
`;

export class TrainingTables1767225600101 implements MigrationInterface {
  name = 'TrainingTables1767225600101';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('create schema if not exists training');
    for (const part of [TABLES, ...outboxTable('training'), VIEWS]) await runner.query(part);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop schema training cascade');
  }
}
