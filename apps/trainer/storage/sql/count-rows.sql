-- Usable rows of a model, counted up to a limit.
select count(*)::integer as n from (
  select from feedback.training_rows
  where model = $1 and (($2::text[] is not null and success is not null and action = any($2)) or ($2 is null))
  limit $3) rows
