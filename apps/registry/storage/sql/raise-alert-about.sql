-- Only while the version it speaks of is live: the news may be late.
insert into registry.alerts (model, alert, detail)
select model, $2, $3 from registry.models where model = $1 and live_version = $4
on conflict (model, alert) where resolved_at is null do update set detail = excluded.detail
