-- Folds the events and predictions of some batches ($1) into feedback.tasks and feedback.judgements.
--
-- What is known of a task so far stands beside its new events as one more candidate; the last attempt among them wins
-- and everything else is added up or taken from the latest that has it. Ranking, from most to least important: has an
-- outcome; has a time of its own (the time of receipt is only an upper bound); that time; retry count; order of
-- receipt; event id. The order in which batches are folded does not matter.
--
-- Assumes that no other fold runs (foldBatches takes a lock), so that what it read is still so when it writes. The same
-- lock makes judged_seq grow in the order of commits: a reader that remembers the highest it saw misses nothing.
with incoming as materialized (
  select event_id, model, kind, task_id, occurred_at, time_source, received_at, action, result, label,
    features::jsonb as features, failure_reason, execution_time, retry_count, prediction_id, model_version
  from feedback.events where batch_id = any($1::bigint[])
),
keys as materialized (
  select model, task_id from incoming
  union
  select p.model, p.task_id
  from feedback.predictions p join feedback.tasks t on t.model = p.model and t.task_id = p.task_id
  where p.batch_id = any($1::bigint[])
),
candidates as materialized (
  select model, task_id, event_id, kind, occurred_at, time_source, received_at, action, result, label, retry_count,
    failure_reason, execution_time, prediction_id as event_prediction_id, model_version,
    case when kind <> 'shadow' then features end as outcome_features,
    case when kind <> 'shadow' and features is not null then occurred_at end as outcome_features_at,
    case when kind = 'shadow' then features end as shadow_features,
    case when kind = 'shadow' and features is not null then occurred_at end as shadow_features_at,
    (kind <> 'shadow')::integer as outcome_lines, (kind = 'shadow')::integer as shadow_lines,
    retry_count as least_retry, retry_count as most_retry, received_at as first_received_at,
    null::uuid as prediction_id, null::text as prediction_version, null::text as prediction_decision,
    null::jsonb as prediction_features, null::double precision as propensity, false as known
  from incoming
  union all
  select t.model, t.task_id, t.event_id, t.kind, t.occurred_at, t.time_source, t.received_at, t.action, t.result,
    t.label, t.retry_count, t.failure_reason, t.execution_time, t.event_prediction_id, t.model_version,
    t.outcome_features, t.outcome_features_at, t.shadow_features, t.shadow_features_at,
    t.outcome_lines, t.shadow_lines, t.least_retry, t.most_retry, t.first_received_at,
    t.prediction_id, t.prediction_version, t.prediction_decision, t.prediction_features, t.propensity, true
  from keys join feedback.tasks t on t.model = keys.model and t.task_id = keys.task_id
),
merged as materialized (
  select distinct on (model, task_id)
    model, task_id, event_id, kind, occurred_at, time_source, received_at, action, result, label, retry_count,
    failure_reason, execution_time, model_version,
    first_value(event_prediction_id) over (partition by model, task_id, action, coalesce(retry_count, 0)
      order by event_prediction_id is null, occurred_at desc) as event_prediction_id,
    first_value(outcome_features) over latest_outcome_features as outcome_features,
    first_value(outcome_features_at) over latest_outcome_features as outcome_features_at,
    first_value(shadow_features) over latest_shadow_features as shadow_features,
    first_value(shadow_features_at) over latest_shadow_features as shadow_features_at,
    sum(outcome_lines) over task as outcome_lines, sum(shadow_lines) over task as shadow_lines,
    min(least_retry) over task as least_retry, max(most_retry) over task as most_retry,
    min(first_received_at) over task as first_received_at,
    first_value(prediction_id) over known_first as prediction_id,
    first_value(prediction_version) over known_first as prediction_version,
    first_value(prediction_decision) over known_first as prediction_decision,
    first_value(prediction_features) over known_first as prediction_features,
    first_value(propensity) over known_first as propensity,
    bool_or(known) over task as known
  from candidates
  window task as (partition by model, task_id),
    known_first as (partition by model, task_id order by known desc),
    latest_outcome_features as (partition by model, task_id order by outcome_features_at desc nulls last, received_at desc),
    latest_shadow_features as (partition by model, task_id order by shadow_features_at desc nulls last, received_at desc)
  order by model, task_id, (result is not null or label is not null) desc, time_source = 'event' desc,
    occurred_at desc, coalesce(retry_count, 0) desc, received_at desc, event_id desc
),
upserted as (
  insert into feedback.tasks (model, task_id, event_id, kind, occurred_at, time_source, received_at, action, result,
    label, retry_count, failure_reason, execution_time, event_prediction_id, model_version, outcome_features,
    outcome_features_at, shadow_features, shadow_features_at, outcome_lines, shadow_lines, least_retry, most_retry,
    first_received_at, prediction_id, prediction_version, prediction_decision, prediction_features, propensity)
  select m.model, m.task_id, m.event_id, m.kind, m.occurred_at, m.time_source, m.received_at, m.action, m.result,
    m.label, m.retry_count, m.failure_reason, m.execution_time, m.event_prediction_id, m.model_version,
    m.outcome_features, m.outcome_features_at, m.shadow_features, m.shadow_features_at, m.outcome_lines,
    m.shadow_lines, m.least_retry, m.most_retry, m.first_received_at,
    coalesce(p.prediction_id, m.prediction_id),
    case when p.prediction_id is null then m.prediction_version else p.version end,
    case when p.prediction_id is null then m.prediction_decision else p.decision end,
    case when p.prediction_id is null then m.prediction_features else p.features end,
    case when p.prediction_id is null then m.propensity else p.propensity end
  from merged m
  left join lateral (
    select p.prediction_id, p.version, p.decision, p.features::jsonb as features, p.propensity
    from feedback.predictions p
    where p.task_id = m.task_id and p.model = m.model and p.role <> 'shadow'
      and case when m.event_prediction_id is not null then p.prediction_id = m.event_prediction_id
        else m.time_source = 'received' or p.predicted_at <= m.occurred_at + interval '1 minute' end
    order by p.predicted_at desc, p.prediction_id
    limit 1
  ) p on true
  on conflict (model, task_id) do update set
    event_id = excluded.event_id, kind = excluded.kind, occurred_at = excluded.occurred_at,
    time_source = excluded.time_source, received_at = excluded.received_at, action = excluded.action,
    result = excluded.result, label = excluded.label, retry_count = excluded.retry_count,
    failure_reason = excluded.failure_reason, execution_time = excluded.execution_time,
    event_prediction_id = excluded.event_prediction_id, model_version = excluded.model_version,
    outcome_features = excluded.outcome_features, outcome_features_at = excluded.outcome_features_at,
    shadow_features = excluded.shadow_features, shadow_features_at = excluded.shadow_features_at,
    outcome_lines = excluded.outcome_lines, shadow_lines = excluded.shadow_lines,
    least_retry = excluded.least_retry, most_retry = excluded.most_retry,
    first_received_at = excluded.first_received_at, prediction_id = excluded.prediction_id,
    prediction_version = excluded.prediction_version, prediction_decision = excluded.prediction_decision,
    prediction_features = excluded.prediction_features, propensity = excluded.propensity
  returning model, task_id, occurred_at, time_source, action, result, label, event_prediction_id
),
judged as (
  insert into feedback.judgements as j (prediction_id, model, version, generation, task_id, role, decision, action,
    probabilities, success, predicted_at, occurred_at)
  select p.prediction_id, p.model, p.version, p.generation, p.task_id, p.role, p.decision,
    coalesce(t.action, t.label), p.probabilities::jsonb,
    case when t.label is null then t.result = 'success' else p.decision = t.label end, p.predicted_at, t.occurred_at
  from upserted t
  join lateral (
    select * from feedback.predictions p
    where p.task_id = t.task_id and p.model = t.model
      and (p.role = 'shadow' or t.event_prediction_id is null or p.prediction_id = t.event_prediction_id)
      and (t.time_source = 'received' or p.prediction_id is not distinct from t.event_prediction_id
        or p.predicted_at <= t.occurred_at + interval '1 minute')
  ) p on true
  where t.result is not null or t.label is not null
  order by t.occurred_at
  on conflict (prediction_id) do update set
    action = excluded.action, success = excluded.success, occurred_at = excluded.occurred_at,
    judged_seq = nextval('feedback.judged_seq')
  where (j.action, j.success, j.occurred_at) is distinct from (excluded.action, excluded.success, excluded.occurred_at)
  returning 1
)
select (select count(*) from merged where not known)::integer as added,
  (select count(*) from merged where known)::integer as updated,
  (select count(*) from judged)::integer as judged,
  (select count(*) from upserted)::integer as upserted
