-- Everybody who heard that an alert fires hears that it is over; one that came and went is told as both.
select a.id, a.alert, a.model, a.since, a.detail, a.resolved_at,
  case when d.told is not null and a.resolved_at is not null then 'resolved' else 'firing' end as status
from registry.alerts a
left join registry.alert_deliveries d on d.alert_id = a.id and d.target = $1
where (d.told is null
    or (d.told = 'firing' and a.resolved_at is not null)
    or (d.told = 'firing' and d.delivered_at < now() - make_interval(secs => $2)))
  and (d.next_attempt_at is null or d.next_attempt_at <= now())
order by a.id limit 100
