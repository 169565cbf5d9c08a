import type { MigrationInterface, QueryRunner } from 'typeorm';
import { outboxTable } from '#database/outbox-table';

/** What is live, decided in one row per model: whoever changes it locks the row first. */
const MODELS = `
create table registry.models (
  model text primary key,
  generation bigint not null default 0,
  live_version text,
  live_since timestamptz,
  -- What libs/domain/deployment decides by.
  state jsonb not null,
  updated_at timestamptz not null default now()
);

create table registry.versions (
  model text not null references registry.models,
  version text not null,
  state text not null check (state in
    ('registered', 'staged', 'canary', 'live', 'superseded', 'rolled-back', 'rejected', 'removed')),
  digest text not null,
  artifact_uri text not null,
  backend text not null,
  snapshot_hash text not null,
  definition jsonb not null,
  training_stats jsonb not null,
  dataset_size bigint not null,
  auto_deploy boolean not null,
  created_by text not null,
  actor text not null,
  run_id uuid,
  created_at timestamptz not null,
  deployed_at timestamptz,
  removed_at timestamptz,
  evaluation_id uuid,
  primary key (model, version),
  unique (model, digest)
);
create unique index versions_live on registry.versions (model) where state = 'live';
`;

/** Every judgement, for good; a version's latest one counts. */
const EVALUATIONS = `
create table registry.evaluations (
  evaluation_id uuid primary key,
  model text not null,
  version text not null,
  verdict text not null check (verdict in ('pass', 'fail', 'inconclusive', 'error')),
  accuracy double precision,
  f1_macro double precision,
  failure_rate_reduction double precision,
  evaluated_at timestamptz not null,
  event json not null,
  foreign key (model, version) references registry.versions
);
create index evaluations_version on registry.evaluations (model, version, evaluated_at desc);
`;

const DEPLOYMENTS = `
create table registry.deployments (
  deployment_id uuid primary key,
  model text not null references registry.models,
  kind text not null check (kind in ('deploy', 'rollback')),
  state text not null check (state in ('staging', 'canary', 'activating', 'done', 'failed', 'superseded')),
  trigger text not null,
  generation bigint not null,
  started_at timestamptz not null,
  finished_at timestamptz,
  record json not null
);
create unique index deployments_running on registry.deployments (model) where state in ('staging', 'canary', 'activating');
create index deployments_latest on registry.deployments (model, started_at desc);

-- A command's id is taken for good, with what became of it.
create table registry.commands (
  command_id uuid primary key,
  command text not null,
  model text not null,
  actor text not null,
  -- Where it came from: "http", or topic, partition and offset.
  source text not null,
  received_at timestamptz not null default now(),
  outcome json not null
);
`;

/** Append-only, without gaps, each record bound to the one before by its hash. */
const AUDIT = `
create table registry.audit (
  sequence bigint primary key,
  at timestamptz not null,
  actor text not null,
  action text not null,
  model text,
  reason text not null,
  before jsonb not null,
  after jsonb not null,
  previous_hash text not null,
  hash text not null unique
);
create index audit_model on registry.audit (model, sequence desc);

create table registry.audit_head (
  only_row boolean primary key default true check (only_row),
  sequence bigint not null,
  hash text not null
);
insert into registry.audit_head (sequence, hash) values (0, repeat('0', 64));

create function registry.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'registry.audit is append-only: % is not allowed', tg_op;
end $$;
create trigger audit_append_only before update or delete on registry.audit
  for each row execute function registry.refuse_change();
create trigger audit_never_emptied before truncate on registry.audit
  for each statement execute function registry.refuse_change();
`;

const ALERTS_AND_ACCESS = `
create table registry.alerts (
  id bigint generated always as identity primary key,
  alert text not null,
  model text not null,
  since timestamptz not null default now(),
  detail text not null,
  resolved_at timestamptz
);
create unique index alerts_open on registry.alerts (model, alert) where resolved_at is null;

-- Only hashes: a copy of this table opens nothing.
create table registry.tokens (
  name text primary key,
  role text not null check (role in ('viewer', 'operator', 'admin')),
  token_hash text not null unique,
  created_at timestamptz not null default now(),
  created_by text not null,
  revoked_at timestamptz
);
`;

const VIEWS = `
create view registry.live_versions as
select m.model, v.version, v.digest, v.artifact_uri, m.generation, m.live_since
from registry.models m
join registry.versions v on v.model = m.model and v.version = m.live_version;

create view registry.active_tokens as
select name, role, token_hash from registry.tokens where revoked_at is null;
`;

export class RegistryTables1767225600301 implements MigrationInterface {
  name = 'RegistryTables1767225600301';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('create schema if not exists registry');
    for (const part of [MODELS, EVALUATIONS, DEPLOYMENTS, AUDIT, ALERTS_AND_ACCESS, ...outboxTable('registry'), VIEWS])
      await runner.query(part);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop schema registry cascade');
  }
}
