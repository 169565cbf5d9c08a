-- What has become of a model, and which attempt at its first training was the last; `live_versions` is the registry's.
select exists (select from training.runs where model = $1 and state in ('queued', 'running')) as "underWay",
  exists (select from registry.live_versions where model = $1) as live,
  exists (select from training.runs where model = $1 and state = 'done' and not auto_deploy) as "byHand",
  (select slot from training.slots where model = $1 and slot like 'first-%' order by length(slot) desc, slot desc limit 1) as "lastSlot"
