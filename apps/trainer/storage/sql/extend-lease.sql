-- Only while it holds: nothing brings back a lease that ran out.
update training.leases l set expires_at = now() + $2 * interval '1 second'
from training.runs r
where l.lease_id = $1 and l.expires_at > now() and r.run_id = l.run_id and r.state = 'running' and r.owner = l.owner
returning l.expires_at
