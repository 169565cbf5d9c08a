select r.run_id, r.request_id, r.model, r.trigger, r.actor,
  case when r.state = 'done' and v.version is not null and v.run_id is distinct from r.run_id then 'unchanged'
    else r.state end as state,
  r.stage, r.progress, r.message, r.backend, r.engine, r.rows, r.digest, v.version, e.verdict, r.failure, r.remedy, r.queued_at,
  r.started_at, r.finished_at
from training.run_overview r
left join registry.versions v on v.model = r.model and v.digest = r.digest
left join lateral (
  select verdict from registry.evaluations one
  where one.model = v.model and one.version = v.version and one.event -> 'trained' ->> 'run_id' = r.run_id::text
  order by evaluated_at desc limit 1
) e on true
