-- The hour ends where a version's newest outcomes are, so that one without traffic keeps its last word for a day.
select v.model, v.version, v.lifetime, newest.at > now() - interval '1 day' as recent, hour.*
from (
  select model, version, sum(correct)::float8 / sum(outcomes) as lifetime
  from evaluation.accuracy_hours where role in ('live', 'canary') and outcomes > 0
  group by model, version having max(window_start) > now() - interval '30 days'
) v
join lateral (
  select max(window_start) as at from evaluation.accuracy_windows w
  where w.model = v.model and w.version = v.version and w.role in ('live', 'canary') and w.outcomes > 0
) newest on true
join lateral (
  select sum(outcomes)::float8 as outcomes, sum(correct)::float8 as correct, sum(failures)::float8 as failures,
    sum(reference_sum)::float8 as reference
  from evaluation.accuracy_windows w
  where w.model = v.model and w.version = v.version and w.role in ('live', 'canary') and w.outcomes > 0
    and w.window_start > newest.at - interval '1 hour'
) hour on true
where newest.at is not null
