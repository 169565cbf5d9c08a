-- The caller holds the lock of the head and has chained the record to it.
create or replace function registry.append_audit(record json) returns void language sql as $$
  insert into registry.audit (sequence, at, actor, action, model, reason, before, after, previous_hash, hash)
  -- Not by json_to_record, to which a null in JSON is one in SQL.
  values ((record ->> 'sequence')::bigint, (record ->> 'at')::timestamptz, record ->> 'actor', record ->> 'action',
    record ->> 'model', record ->> 'reason', (record -> 'before')::jsonb, (record -> 'after')::jsonb,
    record ->> 'previous_hash', record ->> 'hash');
  update registry.audit_head set sequence = (record ->> 'sequence')::bigint, hash = record ->> 'hash'
$$
