select count(*)::int as n from registry.alerts a
left join registry.alert_deliveries d on d.alert_id = a.id and d.target = $1
where d.told is null or (d.told = 'firing' and a.resolved_at is not null)
