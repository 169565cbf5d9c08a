-- Folds the events and predictions of some batches ($1) into feedback.tasks and feedback.judgements; of all tasks, or of those of one
-- part ($2).
--
-- A task with one event and no past, which most are, becomes what that event says. For the others, what is known of a task
-- so far stands beside its new events as one more candidate; the last attempt among them wins
-- and everything else is added up or taken from the latest that has it. Ranking, from most to least important: has an
-- outcome; has a time of its own (the time of receipt is only an upper bound); that time; retry count; order of
-- receipt; event id. The order in which batches are folded does not matter.
--
-- Assumes that no other fold of these tasks runs (fold.ts takes locks), so that what it read is still so when it writes. Only one at a time comes
-- behind `turn`, until it commits: so judged_seq grows in the order of commits, and a reader that remembers the highest it saw misses nothing.
--
-- Joins are of what the first steps have read; each of those reads by one index that no other could stand in for, however little
-- the planner knows of a table that has just begun to grow.
with incoming as materialized (
  select event_id, model, kind, task_id, occurred_at, time_source, received_at, action, result, label,
    features::jsonb as features, failure_reason, execution_time, retry_count, prediction_id, model_version
  from feedback.events where batch_id = any($1::bigint[])
    and ($2::integer is null or mod(ascii(right(task_id, 1)) + ascii(right(task_id, 2)), 2) = $2)
),
named as materialized (
  select task_id, model, count(*) as events from incoming group by 1, 2
),
predicted as materialized (
  select distinct task_id, model from feedback.predictions where batch_id = any($1::bigint[])
    and ($2::integer is null or mod(ascii(right(task_id, 1)) + ascii(right(task_id, 2)), 2) = $2)
),
known as materialized (
  select t.* from (select task_id, model from named union select task_id, model from predicted) asked
  cross join lateral (select * from feedback.tasks t where t.model = asked.model
    and t.task_id >= asked.task_id and t.task_id <= asked.task_id order by t.task_id limit 1) t
),
touched as materialized (
  select n.task_id, n.model, n.events, k.task_id is not null as known
  from named n left join known k on k.task_id = n.task_id and k.model = n.model
  union all
  select k.task_id, k.model, 0, true
  from known k join predicted p on p.task_id = k.task_id and p.model = k.model
  where not exists (select from named n where n.task_id = k.task_id and n.model = k.model)
),
alone as (
  select i.model, i.task_id, i.event_id, i.kind, i.occurred_at, i.time_source, i.received_at, i.action, i.result, i.label, i.retry_count,
    i.failure_reason, i.execution_time, i.prediction_id as event_prediction_id, i.model_version,
    case when kind <> 'shadow' then features end as outcome_features,
    case when kind <> 'shadow' and features is not null then occurred_at end as outcome_features_at,
    case when kind = 'shadow' then features end as shadow_features,
    case when kind = 'shadow' and features is not null then occurred_at end as shadow_features_at,
    (kind <> 'shadow')::integer as outcome_lines, (kind = 'shadow')::integer as shadow_lines,
    retry_count as least_retry, retry_count as most_retry, received_at as first_received_at
  from incoming i join touched t on t.task_id = i.task_id and t.model = i.model
  where t.events = 1 and not t.known
),
candidates as materialized (
  select i.model, i.task_id, event_id, kind, occurred_at, time_source, received_at, action, result, label, retry_count,
    failure_reason, execution_time, prediction_id as event_prediction_id, model_version,
    case when kind <> 'shadow' then features end as outcome_features,
    case when kind <> 'shadow' and features is not null then occurred_at end as outcome_features_at,
    case when kind = 'shadow' then features end as shadow_features,
    case when kind = 'shadow' and features is not null then occurred_at end as shadow_features_at,
    (kind <> 'shadow')::integer as outcome_lines, (kind = 'shadow')::integer as shadow_lines,
    retry_count as least_retry, retry_count as most_retry, received_at as first_received_at
  from incoming i join touched t on t.task_id = i.task_id and t.model = i.model
  where t.events > 1 or t.known
  union all
  select k.model, k.task_id, k.event_id, k.kind, k.occurred_at, k.time_source, k.received_at, k.action, k.result,
    k.label, k.retry_count, k.failure_reason, k.execution_time, k.event_prediction_id, k.model_version,
    k.outcome_features, k.outcome_features_at, k.shadow_features, k.shadow_features_at,
    k.outcome_lines, k.shadow_lines, k.least_retry, k.most_retry, k.first_received_at
  from known k join touched t on t.task_id = k.task_id and t.model = k.model
),
winner as materialized (
  select distinct on (task_id, model)
    model, task_id, event_id, kind, occurred_at, time_source, received_at, action, result, label, retry_count,
    failure_reason, execution_time, model_version
  from candidates
  order by task_id, model, (result is not null or label is not null) desc, time_source = 'event' desc,
    occurred_at desc, coalesce(retry_count, 0) desc, received_at desc, event_id desc
),
sums as materialized (
  select task_id, model, sum(outcome_lines)::integer as outcome_lines, sum(shadow_lines)::integer as shadow_lines,
    min(least_retry) as least_retry, max(most_retry) as most_retry, min(first_received_at) as first_received_at
  from candidates group by 1, 2
),
of_outcomes as materialized (
  select distinct on (task_id, model) task_id, model, outcome_features, outcome_features_at from candidates
  where outcome_features_at is not null
  order by task_id, model, outcome_features_at desc, received_at desc
),
of_shadow as materialized (
  select distinct on (task_id, model) task_id, model, shadow_features, shadow_features_at from candidates
  where shadow_features_at is not null
  order by task_id, model, shadow_features_at desc, received_at desc
),
linked as materialized (
  select distinct on (task_id, model, action, coalesce(retry_count, 0))
    task_id, model, action, coalesce(retry_count, 0) as retry, event_prediction_id
  from candidates where event_prediction_id is not null
  order by task_id, model, action, coalesce(retry_count, 0), occurred_at desc
),
merged as materialized (
  select *, false as known, null::uuid as prediction_id, null::text as prediction_version, null::text as prediction_decision,
    null::jsonb as prediction_features, null::double precision as propensity from alone
  union all
  select w.model, w.task_id, w.event_id, w.kind, w.occurred_at, w.time_source, w.received_at, w.action, w.result, w.label, w.retry_count,
    w.failure_reason, w.execution_time, l.event_prediction_id, w.model_version, o.outcome_features, o.outcome_features_at, h.shadow_features, h.shadow_features_at,
    s.outcome_lines, s.shadow_lines, s.least_retry, s.most_retry, s.first_received_at,
    k.task_id is not null, k.prediction_id, k.prediction_version, k.prediction_decision, k.prediction_features, k.propensity
  from winner w
  join sums s on s.task_id = w.task_id and s.model = w.model
  left join of_outcomes o on o.task_id = w.task_id and o.model = w.model
  left join of_shadow h on h.task_id = w.task_id and h.model = w.model
  left join linked l on l.task_id = w.task_id and l.model = w.model and l.action is not distinct from w.action
    and l.retry = coalesce(w.retry_count, 0)
  left join known k on k.task_id = w.task_id and k.model = w.model
),
logged as materialized (
  select prediction_id, model, version, generation, task_id, role, decision, probabilities, features, propensity, predicted_at
  from feedback.predictions
  where task_id = any(array(select task_id from touched))
),
chosen as materialized (
  select distinct on (m.task_id, m.model) m.task_id, m.model, p.prediction_id, p.version, p.decision, p.features::jsonb as features, p.propensity
  from merged m join logged p on p.task_id = m.task_id and p.model = m.model
  where p.role <> 'shadow'
    and case when m.event_prediction_id is not null then p.prediction_id = m.event_prediction_id
      else m.time_source = 'received' or p.predicted_at <= m.occurred_at + interval '1 minute' end
  order by m.task_id, m.model, p.predicted_at desc, p.prediction_id
),
whole as (
  select m.model, m.task_id, m.event_id, m.kind, m.occurred_at, m.time_source, m.received_at, m.action, m.result,
    m.label, m.retry_count, m.failure_reason, m.execution_time, m.event_prediction_id, m.model_version,
    m.outcome_features, m.outcome_features_at, m.shadow_features, m.shadow_features_at, m.outcome_lines,
    m.shadow_lines, m.least_retry, m.most_retry, m.first_received_at,
    coalesce(p.prediction_id, m.prediction_id) as prediction_id,
    case when p.prediction_id is null then m.prediction_version else p.version end as prediction_version,
    case when p.prediction_id is null then m.prediction_decision else p.decision end as prediction_decision,
    case when p.prediction_id is null then m.prediction_features else p.features end as prediction_features,
    case when p.prediction_id is null then m.propensity else p.propensity end as propensity, m.known
  from merged m left join chosen p on p.task_id = m.task_id and p.model = m.model
),
added as (
  insert into feedback.tasks (model, task_id, event_id, kind, occurred_at, time_source, received_at, action, result,
    label, retry_count, failure_reason, execution_time, event_prediction_id, model_version, outcome_features,
    outcome_features_at, shadow_features, shadow_features_at, outcome_lines, shadow_lines, least_retry, most_retry,
    first_received_at, prediction_id, prediction_version, prediction_decision, prediction_features, propensity)
  select model, task_id, event_id, kind, occurred_at, time_source, received_at, action, result,
    label, retry_count, failure_reason, execution_time, event_prediction_id, model_version, outcome_features,
    outcome_features_at, shadow_features, shadow_features_at, outcome_lines, shadow_lines, least_retry, most_retry,
    first_received_at, prediction_id, prediction_version, prediction_decision, prediction_features, propensity
  from whole where not known
  returning 1
),
updated as (
  insert into feedback.tasks (model, task_id, event_id, kind, occurred_at, time_source, received_at, action, result,
    label, retry_count, failure_reason, execution_time, event_prediction_id, model_version, outcome_features,
    outcome_features_at, shadow_features, shadow_features_at, outcome_lines, shadow_lines, least_retry, most_retry,
    first_received_at, prediction_id, prediction_version, prediction_decision, prediction_features, propensity)
  select model, task_id, event_id, kind, occurred_at, time_source, received_at, action, result,
    label, retry_count, failure_reason, execution_time, event_prediction_id, model_version, outcome_features,
    outcome_features_at, shadow_features, shadow_features_at, outcome_lines, shadow_lines, least_retry, most_retry,
    first_received_at, prediction_id, prediction_version, prediction_decision, prediction_features, propensity
  from whole where known
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
  returning 1
),
verdicts as materialized (
  select p.prediction_id, p.model, p.version, p.generation, p.task_id, p.role, p.decision,
    coalesce(t.action, t.label) as action, p.probabilities::jsonb as probabilities,
    case when t.label is null then t.result = 'success' else p.decision = t.label end as success,
    p.predicted_at, t.occurred_at
  from logged p join merged t on t.task_id = p.task_id and t.model = p.model
  where (p.role = 'shadow' or t.event_prediction_id is null or p.prediction_id = t.event_prediction_id)
    and (t.time_source = 'received' or p.prediction_id is not distinct from t.event_prediction_id
      or p.predicted_at <= t.occurred_at + interval '1 minute')
    and (t.result is not null or t.label is not null)
),
-- Any fixed number. Once tasks and verdicts are all there, so that others wait for little else than the commit.
turn as materialized (
  select pg_advisory_xact_lock(20260105) from
    (select count(*) from added) tasks_added, (select count(*) from updated) tasks_updated,
    (select count(*) from verdicts) verdicts_made
),
judged as (
  insert into feedback.judgements as j (prediction_id, model, version, generation, task_id, role, decision, action,
    probabilities, success, predicted_at, occurred_at)
  select v.* from turn cross join (select * from verdicts order by occurred_at) v
  on conflict (prediction_id) do update set
    action = excluded.action, success = excluded.success, occurred_at = excluded.occurred_at,
    judged_seq = nextval('feedback.judged_seq')
  where (j.action, j.success, j.occurred_at) is distinct from (excluded.action, excluded.success, excluded.occurred_at)
  returning 1
)
select (select count(*) from merged where not known)::integer as added,
  (select count(*) from merged where known)::integer as updated,
  (select count(*) from judged)::integer as judged
from turn
