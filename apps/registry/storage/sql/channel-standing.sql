-- How a channel does: what waits for it, when it last took something, and why it did not take the latest of what waits.
select
  (select count(*)::int from registry.alerts a
   left join registry.alert_deliveries d on d.alert_id = a.id and d.target = $1
   where d.told is null or (d.told = 'firing' and a.resolved_at is not null)) as waiting,
  (select max(delivered_at) from registry.alert_deliveries where target = $1) as delivered_at,
  (select problem from registry.alert_deliveries
   where target = $1 and problem is not null order by alert_id desc limit 1) as problem
