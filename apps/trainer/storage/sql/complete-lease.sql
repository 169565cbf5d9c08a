-- Gives the run back with a model that is to become a package; only while the lease holds, and only once.
with lease as (
  update training.leases l set completed_with = $2
  from training.runs r
  where l.lease_id = $1 and l.completed_with is null and l.expires_at > now()
    and r.run_id = l.run_id and r.state = 'running' and r.owner = l.owner
  returning l.run_id, l.owner)
update training.runs r set state = 'queued', owner = null, stage = 'package', progress = 0.9, attempts = 0, import = $2,
  backend = $3, message = 'the model of the external trainer is to be verified'
from lease where r.run_id = lease.run_id and r.state = 'running' and r.owner = lease.owner
returning r.run_id
