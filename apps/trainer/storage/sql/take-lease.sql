-- The oldest run that waits for an external trainer with its rows frozen, and whose model is not being trained by anybody.
with waiting as (
  select run_id from training.runs queued
  where state = 'queued' and engine = 'external' and snapshot_hash is not null and import is null
    and ($1::uuid is null or run_id = $1) and ($2::text is null or model = $2)
    and not exists (select from training.runs other where other.model = queued.model and other.state = 'running')
  order by queue_position limit 1
  for update skip locked),
lease as (
  insert into training.leases (run_id, trainer, expires_at)
  select run_id, $3, now() + $4 * interval '1 second' from waiting
  returning *)
update training.runs r set state = 'running', owner = lease.owner, attempts = attempts + 1, started_at = now(), stage = 'train',
  message = 'taken by ' || lease.trainer
from lease, training.snapshots s
where r.run_id = lease.run_id and s.model = r.model and s.hash = r.snapshot_hash
returning r.*, lease.lease_id, lease.expires_at, s.uri as snapshot_uri, s.rows as snapshot_rows, s.watermark
