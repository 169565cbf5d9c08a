-- Only for the worker that owns the run; for anybody else it changes nothing.
update training.runs set stage = $3, progress = $4, message = $5, rows = coalesce($6, rows)
where run_id = $1 and state = 'running' and owner = $2
returning run_id
