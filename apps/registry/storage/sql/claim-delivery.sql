-- Everybody who heard that an alert fires hears that it is over; one that came and went is told as both. What is claimed is due
-- again by itself, should whoever tells it end in the midst of that.
with due as (
  select a.id, a.alert, a.model, a.since, a.detail, a.resolved_at,
    case when d.told is not null and a.resolved_at is not null then 'resolved' else 'firing' end as status
  from registry.alerts a
  left join registry.alert_deliveries d on d.alert_id = a.id and d.target = $1
  where (d.told is null
      or (d.told = 'firing' and a.resolved_at is not null)
      or (d.told = 'firing' and d.delivered_at < now() - make_interval(secs => $2)))
    and (d.next_attempt_at is null or d.next_attempt_at <= now())
  order by a.id limit 1
), claimed as (
  insert into registry.alert_deliveries as d (alert_id, target, next_attempt_at)
  select id, $1, now() + make_interval(secs => $3) from due
  on conflict (alert_id, target) do update set next_attempt_at = excluded.next_attempt_at
)
select * from due
