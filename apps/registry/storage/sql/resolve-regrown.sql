-- Nobody tells that a dataset has grown again, so it is looked at while the alert is open.
update registry.alerts a set resolved_at = now()
where alert = 'dataset-shrunk' and resolved_at is null
  and (select max(rows) from feedback.dataset_growth g where g.model = a.model) >=
    (select rows from training.run_overview r
     where r.model = a.model and r.state = 'done' and r.rows is not null order by finished_at desc limit 1)
