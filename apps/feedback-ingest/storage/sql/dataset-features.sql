select f.key as feature, count(*)::float8 as present,
  count(n.number)::float8 as numbers, min(n.number) as minimum, max(n.number) as maximum, avg(n.number) as mean
from feedback.training_rows r
cross join lateral jsonb_each_text(r.features) f
cross join lateral (select case when f.value ~ '^[+-]?[0-9]{1,15}(\.[0-9]+)?$' then f.value::float8 end as number) n
where r.model = $1 and f.value <> '' and f.key = any($2::text[])
group by 1
