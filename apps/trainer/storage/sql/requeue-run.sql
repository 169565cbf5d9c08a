-- Back to the head of the queue. `$3` is 0 to count the attempt, 1 to forget it.
update training.runs set state = 'queued', owner = null, stage = 'queued', progress = 0, started_at = null, attempts = attempts - $3,
  message = case when engine = 'external' and snapshot_hash is not null and import is null then 'waits for an external trainer'
    else 'waiting' end
where run_id = $1 and state = 'running' and owner = $2
returning run_id
