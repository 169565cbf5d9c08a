select r.*, l.expires_at, l.completed_with,
  r.state = 'running' and r.owner = l.owner and l.expires_at > now() as holds
from training.leases l join training.runs r using (run_id)
where l.lease_id = $1
