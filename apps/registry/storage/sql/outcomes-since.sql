-- By the minute in which the outcomes occurred: the minute of the beginning counts whole.
select role, sum(outcomes)::float8 as outcomes, sum(failures)::float8 as failures, sum(correct)::float8 as correct,
  sum(agreed)::float8 as agreed, sum(agreed_failures)::float8 as agreed_failures
from evaluation.accuracy_by_role
where model = $1 and (version, role) in (select * from unnest($2::text[], $3::text[]))
  and window_start >= date_trunc('minute', $4::timestamptz)
group by role
