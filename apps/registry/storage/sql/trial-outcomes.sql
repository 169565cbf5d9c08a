-- Of the tasks that either version decided under generation $5 or a later one, by the minute of the decision: the block range index
-- finds those since $4, and a clock that is a minute off hides none.
select date_trunc('minute', predicted_at) as at, generation, role, count(*)::int as outcomes,
  (count(*) filter (where not success))::int as failures
from feedback.judged_predictions
where model = $1 and predicted_at >= $4::timestamptz - interval '1 minute' and generation >= $5
  and (version, role) in (select * from unnest($2::text[], $3::text[]))
group by 1, 2, 3
order by 1, 2, 3
