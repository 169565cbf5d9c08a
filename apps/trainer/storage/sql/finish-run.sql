-- Only for the worker that owns the run; for anybody else it changes nothing.
update training.runs set state = 'done', owner = null, stage = 'done', progress = 1, message = 'done', rows = $3,
  snapshot_hash = $4, digest = $5, artifact_uri = $6, training_stats = $7, warnings = $8, finished_at = now()
where run_id = $1 and state = 'running' and owner = $2
returning run_id
