import type { MigrationInterface, QueryRunner } from 'typeorm';
import { outboxTable } from '#database/outbox-table';

/** Raw feedback as it arrived: append-only, partitioned by the month it was received in. */
const EVENTS = `
create table feedback.events (
  event_id uuid not null,
  batch_id bigint not null,
  model text not null,
  kind text not null check (kind in ('automation', 'shadow', 'dataset', 'historical')),
  task_id text not null,
  occurred_at timestamptz not null,
  time_source text not null check (time_source in ('event', 'received')),
  received_at timestamptz not null,
  action text,
  result text check (result in ('success', 'failed', 'error')),
  label text,
  features jsonb,
  failure_reason text,
  execution_time double precision,
  retry_count integer,
  prediction_id uuid,
  model_version text,
  details jsonb
) partition by range (received_at);
create table feedback.events_default partition of feedback.events default;
create index events_batch on feedback.events (batch_id);
create index events_occurred on feedback.events using brin (occurred_at);

create table feedback.predictions (
  prediction_id uuid not null,
  batch_id bigint not null,
  model text not null,
  task_id text not null,
  predicted_at timestamptz not null,
  received_at timestamptz not null,
  instance text not null,
  version text not null,
  generation bigint not null,
  role text not null check (role in ('live', 'canary', 'shadow')),
  decision text not null,
  propensity double precision not null,
  probabilities jsonb not null,
  features jsonb,
  details jsonb
) partition by range (received_at);
create table feedback.predictions_default partition of feedback.predictions default;
create index predictions_batch on feedback.predictions (batch_id);
create index predictions_task on feedback.predictions (task_id, model);
`;

/** What makes ingest exactly once: who has been seen, how far each partition has been read, what is still to be folded. */
const BOOKKEEPING = `
create table feedback.event_ids (event_id uuid primary key);
create table feedback.offsets (
  topic text not null,
  partition integer not null,
  next_offset bigint not null,
  updated_at timestamptz not null default now(),
  primary key (topic, partition)
);
create sequence feedback.batch_ids;
create table feedback.unfolded_batches (
  batch_id bigint primary key default nextval('feedback.batch_ids'),
  rows integer not null default 0,
  received_at timestamptz not null default now()
);
create table feedback.dead_letters (
  id uuid primary key,
  reason text not null,
  field text,
  detail text not null,
  topic text not null,
  partition integer not null,
  "offset" bigint not null,
  key bytea,
  value bytea,
  headers jsonb not null default '{}',
  received_at timestamptz not null,
  replayed_at timestamptz,
  replays integer not null default 0,
  unique (topic, partition, "offset")
);
create index dead_letters_reason on feedback.dead_letters (reason, received_at);
create table feedback.imports (
  import_id uuid primary key,
  source text not null check (source in ('file', 'historical-api')),
  name text not null,
  kind text not null,
  model text not null,
  actor text not null,
  state text not null check (state in ('running', 'done', 'failed')),
  bytes_read bigint not null default 0,
  bytes_total bigint,
  counts jsonb not null,
  error text,
  started_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index imports_started on feedback.imports (started_at desc);
`;

/** The dataset, kept up to date by folding batches of events into it. */
const DATASET = `
create table feedback.tasks (
  model text not null,
  task_id text not null,
  event_id uuid not null,
  kind text not null,
  occurred_at timestamptz not null,
  time_source text not null,
  received_at timestamptz not null,
  action text,
  result text,
  label text,
  retry_count integer,
  failure_reason text,
  execution_time double precision,
  event_prediction_id uuid,
  model_version text,
  outcome_features jsonb,
  outcome_features_at timestamptz,
  shadow_features jsonb,
  shadow_features_at timestamptz,
  outcome_lines integer not null,
  shadow_lines integer not null,
  least_retry integer,
  most_retry integer,
  first_received_at timestamptz not null,
  prediction_id uuid,
  prediction_version text,
  prediction_decision text,
  prediction_features jsonb,
  propensity double precision,
  primary key (model, task_id)
) with (fillfactor = 85);
create index tasks_occurred on feedback.tasks (model, occurred_at);
create index tasks_first_received on feedback.tasks (model, first_received_at);

create sequence feedback.judged_seq;
create table feedback.judgements (
  prediction_id uuid primary key,
  model text not null,
  version text not null,
  generation bigint not null,
  task_id text not null,
  role text not null,
  decision text not null,
  action text not null,
  probabilities jsonb not null,
  success boolean not null,
  predicted_at timestamptz not null,
  occurred_at timestamptz not null,
  judged_seq bigint not null default nextval('feedback.judged_seq')
);
create unique index judgements_seq on feedback.judgements (judged_seq);
create index judgements_version on feedback.judgements (model, version, occurred_at);
`;

/** What the other services read. */
const VIEWS = `
create view feedback.training_rows as
select model, task_id, event_id, occurred_at, time_source, action, result, result = 'success' as success, label,
  coalesce(prediction_features, '{}') || coalesce(shadow_features, '{}') || coalesce(outcome_features, '{}') as features,
  case when prediction_decision = coalesce(action, label) then propensity end as propensity,
  coalesce(prediction_version, model_version) as version,
  coalesce(prediction_id, event_prediction_id) as prediction_id,
  greatest(outcome_lines, shadow_lines, least(outcome_lines + shadow_lines, most_retry - least_retry + 1)) as attempts,
  received_at, kind, retry_count, failure_reason, execution_time
from feedback.tasks
where result is not null or label is not null;

create view feedback.dataset_growth as
select model, week, sum(new_rows) over (partition by model order by week)::bigint as rows, new_rows
from (
  select model, date_trunc('week', first_received_at at time zone 'UTC')::date as week, count(*) as new_rows
  from feedback.tasks
  where result is not null or label is not null
  group by 1, 2
) weekly;

create view feedback.judged_predictions as
select model, version, generation, prediction_id, task_id, role, decision, action, probabilities, success,
  predicted_at, occurred_at, judged_seq
from feedback.judgements;

create view feedback.fold_lag as
select count(*)::integer as batches, coalesce(sum(rows), 0)::bigint as rows, min(received_at) as oldest
from feedback.unfolded_batches;
`;

export class FeedbackTables1767225600001 implements MigrationInterface {
  name = 'FeedbackTables1767225600001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('create schema if not exists feedback');
    for (const part of [EVENTS, BOOKKEEPING, ...outboxTable('feedback'), DATASET, VIEWS]) await runner.query(part);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop schema feedback cascade');
  }
}
