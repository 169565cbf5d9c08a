select model, date_trunc('week', started_at at time zone 'UTC')::date::text as week,
  count(*) filter (where kind = 'deploy')::int as deployments,
  count(*) filter (where kind = 'rollback')::int as rollbacks,
  count(*) filter (where state = 'failed')::int as failed
from registry.deployments
where model = $1 and started_at > now() - make_interval(days => $2)
group by 1, 2 order by 2
