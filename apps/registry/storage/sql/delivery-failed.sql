-- Twice as long after each failure, up to a minute.
insert into registry.alert_deliveries as d (alert_id, target, attempts, next_attempt_at, problem)
values ($1, $2, 1, now() + interval '1 second', $3)
on conflict (alert_id, target) do update
set attempts = d.attempts + 1, problem = excluded.problem,
  next_attempt_at = now() + least(60, power(2, least(d.attempts, 6))) * interval '1 second'
