-- For a request that can never run, such as one for an unknown model.
insert into training.runs (run_id, request_id, model, trigger, actor, reason, auto_deploy, since_days, use_api,
  requested_at, backend, tune, import, state, stage, failure, remedy, finished_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 'failed', 'queued', $14, $15, now())
on conflict (request_id) do nothing
returning run_id
