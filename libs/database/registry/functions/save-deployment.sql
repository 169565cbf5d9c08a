create or replace function registry.save_deployment(record json) returns void language sql as $$
  insert into registry.deployments
    (deployment_id, model, kind, state, trigger, generation, started_at, finished_at, record)
  select deployment_id, model, kind, state, trigger, generation, started_at, finished_at, record
  from json_to_record(record) as r (deployment_id uuid, model text, kind text, state text, trigger text,
    generation bigint, started_at timestamptz, finished_at timestamptz)
  on conflict (deployment_id) do update
  set state = excluded.state, generation = excluded.generation, finished_at = excluded.finished_at,
    record = excluded.record;
  select pg_notify('ratchet_registry_deployments', record ->> 'deployment_id')
$$
