with recent as (
  select case kind when 'shadow' then 'shadow.outcomes' else 'automation.outcomes' end as topic, count(*) as n
  from feedback.events
  where received_at > now() - interval '5 minutes' and kind in ('automation', 'shadow')
  group by 1
  union all
  select 'predictions', count(*) from feedback.predictions where received_at > now() - interval '5 minutes'
)
select o.topic, sum(o.stored)::float8 as stored, sum(o.duplicates)::float8 as duplicates,
  sum(o.dead_letters)::float8 as dead_letters, max(o.last_received_at) as last_received_at,
  coalesce((select n from recent where recent.topic = o.topic), 0)::integer as recent
from feedback.offsets o group by o.topic order by o.topic
