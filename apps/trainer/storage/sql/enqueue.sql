-- A request with an id that is known already changes nothing.
insert into training.runs (run_id, request_id, model, trigger, actor, reason, auto_deploy, since_days, use_api,
  requested_at, backend, tune, import, engine, state, stage, message)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 'queued', 'queued', 'waiting')
on conflict (request_id) do nothing
returning run_id
