import type { MigrationInterface, QueryRunner } from 'typeorm';
import { DEPLOYMENTS_CHANNEL } from '../deployments-channel.js';

/**
 * The second query is a statement of its own: it sees what whoever held the lock before has committed. A join of both
 * would show the new state beside the old catalogue.
 */
const TAKE = `
create function registry.take(of_model text, out state jsonb, out catalogue json) language plpgsql as $$
begin
  select m.state into state from registry.models m where m.model = of_model for update;
  select coalesce(json_agg(json_build_object('version', v.version, 'digest', v.digest, 'artifact_uri', v.artifact_uri,
    'state', v.state, 'verdict', e.verdict)), '[]')
  into catalogue
  from registry.versions v
  left join registry.evaluations e on e.evaluation_id = v.evaluation_id
  where v.model = of_model;
end $$`;

const RAISE_ALERT = `
create function registry.raise_alert(of_model text, of_alert text, with_detail text) returns void language sql as $$
  insert into registry.alerts (model, alert, detail) values (of_model, of_alert, with_detail)
  on conflict (model, alert) where resolved_at is null do update set detail = excluded.detail
$$`;

const RESOLVE_ALERT = `
create function registry.resolve_alert(of_model text, of_alert text) returns void language sql as $$
  update registry.alerts set resolved_at = now()
  where model = of_model and alert = of_alert and resolved_at is null
$$`;

/** The caller holds the lock of the head and has chained the record to it. */
const APPEND_AUDIT = `
create function registry.append_audit(record json) returns void language sql as $$
  insert into registry.audit (sequence, at, actor, action, model, reason, before, after, previous_hash, hash)
  -- Not by json_to_record, to which a null in JSON is one in SQL.
  values ((record ->> 'sequence')::bigint, (record ->> 'at')::timestamptz, record ->> 'actor', record ->> 'action',
    record ->> 'model', record ->> 'reason', (record -> 'before')::jsonb, (record -> 'after')::jsonb,
    record ->> 'previous_hash', record ->> 'hash');
  update registry.audit_head set sequence = (record ->> 'sequence')::bigint, hash = record ->> 'hash'
$$`;

const SAVE_DEPLOYMENT = `
create function registry.save_deployment(record json) returns void language sql as $$
  insert into registry.deployments
    (deployment_id, model, kind, state, trigger, generation, started_at, finished_at, record)
  select deployment_id, model, kind, state, trigger, generation, started_at, finished_at, record
  from json_to_record(record) as r (deployment_id uuid, model text, kind text, state text, trigger text,
    generation bigint, started_at timestamptz, finished_at timestamptz)
  on conflict (deployment_id) do update
  set state = excluded.state, generation = excluded.generation, finished_at = excluded.finished_at,
    record = excluded.record;
  select pg_notify('${DEPLOYMENTS_CHANNEL}', record ->> 'deployment_id')
$$`;

/** All that a decision changes, in its order, and the state it leads to. */
const CARRY_OUT = `
create function registry.carry_out(of_model text, decided_at timestamptz, effects json, next_state jsonb)
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
      when 'alert' then
        perform registry.raise_alert(of_model, effect ->> 'alert', effect ->> 'detail');
      when 'resolve-alert' then
        perform registry.resolve_alert(of_model, effect ->> 'alert');
      when 'audit' then
        perform registry.append_audit(effect -> 'record');
    end case;
  end loop;
  update registry.models
  set generation = (next_state ->> 'generation')::bigint, live_version = next_state #>> '{live,version}',
    live_since = (next_state #>> '{live,since}')::timestamptz, state = next_state, updated_at = now()
  where model = of_model;
end $$`;

/** A decision is taken between two round trips: one to lock and look, one to write what comes of it. */
export class DecisionsInOneCall1767225600304 implements MigrationInterface {
  name = 'DecisionsInOneCall1767225600304';

  async up(runner: QueryRunner): Promise<void> {
    for (const part of [TAKE, RAISE_ALERT, RESOLVE_ALERT, APPEND_AUDIT, SAVE_DEPLOYMENT, CARRY_OUT])
      await runner.query(part);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const name of ['carry_out', 'save_deployment', 'append_audit', 'resolve_alert', 'raise_alert', 'take'])
      await runner.query(`drop function registry.${name}`);
  }
}
