insert into registry.evaluations (evaluation_id, model, version, verdict, accuracy, f1_macro, failure_rate_reduction,
  evaluated_at, event)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
on conflict (evaluation_id) do nothing
returning evaluation_id
