delete from training.run_log where run_id in (
  select run_id from training.runs where model = $1 and state in ('done', 'failed', 'cancelled') order by queued_at desc offset $2)
