-- Only for the worker that owns the run; for anybody else it changes nothing.
update training.runs set state = 'failed', owner = null, stage = $3, failure = $4, remedy = $5, message = $4,
  finished_at = now()
where run_id = $1 and state = 'running' and owner = $2
returning run_id
