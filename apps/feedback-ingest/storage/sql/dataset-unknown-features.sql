-- Names in rows that are none of those known, and in how many rows.
select f.key as feature, count(*)::float8 as rows
from feedback.training_rows r cross join lateral jsonb_object_keys(r.features) f(key)
where r.model = $1 and not f.key = any($2::text[])
group by 1 order by 2 desc, 1 limit 20
