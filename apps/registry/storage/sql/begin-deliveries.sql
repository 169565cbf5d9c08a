-- What was over before anybody was to be told is no news.
insert into registry.alert_deliveries (alert_id, target, told)
select id, $1, 'resolved' from registry.alerts
where resolved_at is not null and not exists (select from registry.alert_deliveries where target = $1)
