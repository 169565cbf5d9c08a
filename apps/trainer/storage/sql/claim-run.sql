-- The oldest queued run whose model is not being trained by anybody. Of those for external trainers, the rows are frozen before
-- and the package is made afterwards.
update training.runs set state = 'running', owner = $1, attempts = attempts + 1, started_at = now(), message = 'starting'
where run_id = (
  select run_id from training.runs queued
  where state = 'queued' and (engine = 'built-in' or snapshot_hash is null or import is not null)
    and not exists (select from training.runs other where other.model = queued.model and other.state = 'running')
  order by queue_position limit 1
  for update skip locked)
returning *
