-- Reads backwards from the newest minute until there are enough outcomes. A minute may have two rows, of the version as
-- a canary and live; and no more than 2,000 rows are looked at, whatever little each brings.
select sum(outcomes)::float8 as outcomes, sum(correct)::float8 as correct, sum(failures)::float8 as failures,
  least(1, sum(reference * outcomes) / nullif(sum(outcomes) filter (where reference is not null), 0))::float8 as reference,
  min(window_start) as since
from (
  select *, sum(outcomes) over (order by window_start desc, role) - outcomes as before
  from (
    select role, window_start, outcomes, correct, failures, reference from evaluation.accuracy_by_role
    where model = $1 and version = $2 and role in ('live', 'canary') and window_start > now() - interval '7 days'
    order by window_start desc limit 2000
  ) newest
) counted
where before < $3 and outcomes > 0
having sum(outcomes) > 0
