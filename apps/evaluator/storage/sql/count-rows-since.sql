-- Counted no further than it matters.
select count(*)::int as n from (
  select 1 from feedback.training_rows where model = $1 and occurred_at >= $2 limit $3) rows
