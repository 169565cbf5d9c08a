-- Whoever owns it finds that it does not any more, and stops. For a run that has ended, or is not there, nothing changes.
update training.runs set state = 'cancelled', owner = null, message = $2, finished_at = now()
where run_id = $1 and state in ('queued', 'running')
returning *
