import type { MigrationInterface, QueryRunner } from 'typeorm';
import { outboxTable } from '#database/outbox-table';

/** What was judged before going live. */
const HOLDOUT = `
create table evaluation.jobs (
  evaluation_id uuid primary key,
  model text not null,
  trained jsonb not null,
  queued_at timestamptz not null default now()
);
create index jobs_queued on evaluation.jobs (queued_at);
create table evaluation.evaluations (
  evaluation_id uuid primary key,
  run_id uuid not null,
  model text not null,
  digest text not null,
  champion_version text,
  champion_digest text,
  snapshot_hash text not null,
  rows integer not null,
  verdict text not null check (verdict in ('pass', 'fail', 'inconclusive', 'error')),
  live_references jsonb,
  event jsonb not null,
  report_uri text,
  evaluated_at timestamptz not null
);
create index evaluations_model on evaluation.evaluations (model, evaluated_at desc);
create index evaluations_digest on evaluation.evaluations (digest, evaluated_at desc);
`;

/** What is watched once it is live. */
const MONITORING = `
create table evaluation.versions (
  model text not null,
  version text not null,
  digest text not null,
  primary key (model, version)
);
create table evaluation.desired_states (
  model text not null,
  generation bigint not null,
  live_version text,
  primary key (model, generation)
);
create table evaluation.cursors (
  name text primary key,
  judged_seq bigint not null,
  updated_at timestamptz not null default now()
);
create table evaluation.watches (
  model text not null,
  version text not null,
  generation bigint not null,
  state jsonb not null,
  episode_id uuid,
  updated_at timestamptz not null default now(),
  primary key (model, version)
);
create table evaluation.counted (
  prediction_id uuid primary key,
  judged_seq bigint not null,
  window_start timestamptz not null,
  correct boolean not null,
  failed boolean not null,
  reference double precision
);
create index counted_seq on evaluation.counted (judged_seq);
create table evaluation.accuracy_windows (
  model text not null,
  version text not null,
  role text not null check (role in ('live', 'canary', 'shadow')),
  window_start timestamptz not null,
  outcomes integer not null,
  correct integer not null,
  failures integer not null,
  reference_sum double precision,
  primary key (model, version, role, window_start)
);
create index accuracy_windows_start on evaluation.accuracy_windows (model, window_start);
create table evaluation.episodes (
  episode_id uuid primary key,
  model text not null,
  version text not null,
  generation bigint not null,
  reference double precision not null,
  live double precision not null,
  interval_low double precision not null,
  interval_high double precision not null,
  outcomes integer not null,
  onset_at timestamptz not null,
  detected_at timestamptz not null,
  closed_at timestamptz
);
create index episodes_model on evaluation.episodes (model, detected_at desc);
`;

/** What the other services read. */
const VIEWS = `
create view evaluation.live_accuracy as
select model, version, window_start, sum(outcomes)::integer as outcomes, sum(correct)::integer as correct,
  case when sum(outcomes) > 0 then sum(reference_sum) / sum(outcomes) end as reference,
  sum(failures)::integer as failures
from evaluation.accuracy_windows
where role in ('live', 'canary')
group by model, version, window_start;
`;

export class EvaluationTables1767225600201 implements MigrationInterface {
  name = 'EvaluationTables1767225600201';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('create schema if not exists evaluation');
    for (const part of [HOLDOUT, MONITORING, ...outboxTable('evaluation'), VIEWS]) await runner.query(part);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop schema evaluation cascade');
  }
}
