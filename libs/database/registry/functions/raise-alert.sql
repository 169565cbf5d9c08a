create or replace function registry.raise_alert(of_model text, of_alert text, with_detail text) returns void language sql as $$
  insert into registry.alerts (model, alert, detail) values (of_model, of_alert, with_detail)
  on conflict (model, alert) where resolved_at is null do update set detail = excluded.detail
$$
