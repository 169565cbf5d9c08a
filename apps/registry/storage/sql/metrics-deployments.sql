select model, kind, state, count(*)::int as n from registry.deployments
where state in ('done', 'failed', 'superseded') group by 1, 2, 3
