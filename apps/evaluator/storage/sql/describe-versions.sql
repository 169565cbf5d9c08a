-- Of each version in $1 and $2 (models and versions, in step): its live references, and the generation in which it last
-- became live, which is one whose predecessor had another live version. Generations may arrive in any order.
with wanted as (select * from unnest($1::text[], $2::text[]) as w(model, version)),
turns as (
  select model, live_version, generation,
    lag(live_version) over (partition by model order by generation) is distinct from live_version as turned
  from evaluation.desired_states where model = any($1)
)
select w.model, w.version, e.live_references as "references",
  (select max(generation)::float8 from turns t where t.model = w.model and t.live_version = w.version and t.turned)
    as "liveGeneration"
from wanted w
left join evaluation.versions v on v.model = w.model and v.version = w.version
left join registry.live_versions l on l.model = w.model and l.version = w.version
left join lateral (
  select live_references from evaluation.evaluations e
  where e.digest = coalesce(v.digest, l.digest) and e.live_references is not null
  order by e.evaluated_at desc limit 1
) e on true
