create or replace function registry.resolve_alert(of_model text, of_alert text) returns void language sql as $$
  update registry.alerts set resolved_at = now()
  where model = of_model and alert = of_alert and resolved_at is null
$$
