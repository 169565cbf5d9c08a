-- Its rows are frozen: back into the queue, for an external trainer. Only for the worker that owns the run.
update training.runs set state = 'queued', owner = null, stage = 'snapshot', progress = 0.1, started_at = null, attempts = 0,
  message = 'waits for an external trainer', snapshot_hash = $3, rows = $4
where run_id = $1 and state = 'running' and owner = $2
returning run_id
