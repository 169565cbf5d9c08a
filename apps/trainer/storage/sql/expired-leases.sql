-- Runs whose external trainer was not heard of in time. Locked, so that one trainer service deals with each.
select r.* from training.runs r join training.leases l on l.owner = r.owner
where r.state = 'running' and l.expires_at <= now()
for update of r skip locked
