-- All that a decision changes, in its order, and the state it leads to. stored-effect.ts has what an effect may be.
create or replace function registry.carry_out(of_model text, decided_at timestamptz, effects json, next_state jsonb)
returns void language plpgsql as $$
declare
  effect json;
begin
  for effect in select value from json_array_elements(effects) loop
    case effect ->> 'kind'
      when 'event' then
        insert into registry.outbox (id, topic, event, traceparent)
        values ((effect ->> 'id')::uuid, effect ->> 'topic', effect -> 'event', effect ->> 'traceparent');
      when 'deployment' then
        perform registry.save_deployment(effect -> 'record');
      when 'version-state' then
        update registry.versions v
        set state = effect ->> 'state',
          deployed_at = case when effect ->> 'state' = 'live' then decided_at else v.deployed_at end
        where v.model = of_model and v.version = effect ->> 'version';
      when 'backup' then
        insert into registry.backups (backup_id, model, version, digest, generation, deployment_id, taken_at)
        values ((effect ->> 'backup_id')::uuid, of_model, effect #>> '{ref,version}', effect #>> '{ref,digest}',
          (effect ->> 'generation')::bigint, (effect ->> 'deployment_id')::uuid, decided_at)
        on conflict (deployment_id) do nothing;
      when 'reconciliation' then
        insert into registry.reconciliations (reconciliation_id, model, found_at, record, decision)
        values ((effect #>> '{record,reconciliation_id}')::uuid, of_model, decided_at,
          ((effect -> 'record')::jsonb - 'decision'), nullif((effect #> '{record,decision}')::jsonb, 'null'::jsonb));
      when 'alert' then
        perform registry.raise_alert(of_model, effect ->> 'alert', effect ->> 'detail');
      when 'resolve-alert' then
        perform registry.resolve_alert(of_model, effect ->> 'alert');
      when 'audit' then
        perform registry.append_audit(effect -> 'record');
      else
        raise exception 'registry.carry_out does not know the effect "%": it is of another release than the registry. Run the migrations of this one.',
          coalesce(effect ->> 'kind', effect::text);
    end case;
  end loop;
  update registry.models
  set generation = (next_state ->> 'generation')::bigint, live_version = next_state #>> '{live,version}',
    live_since = (next_state #>> '{live,since}')::timestamptz, state = next_state, updated_at = now()
  where model = of_model;
end $$
