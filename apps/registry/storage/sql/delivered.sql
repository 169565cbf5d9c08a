insert into registry.alert_deliveries (alert_id, target, told, delivered_at) values ($1, $2, $3, now())
on conflict (alert_id, target) do update
set told = excluded.told, delivered_at = excluded.delivered_at, attempts = 0, next_attempt_at = null, problem = null
