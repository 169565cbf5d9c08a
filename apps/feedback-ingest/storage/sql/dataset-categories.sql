select feature, value, rows, categories from (
  select f.key as feature, left(f.value, 200) as value, count(*)::float8 as rows,
    count(*) over (partition by f.key)::float8 as categories,
    row_number() over (partition by f.key order by count(*) desc, left(f.value, 200)) as place
  from feedback.training_rows r cross join lateral jsonb_each_text(r.features) f
  where r.model = $1 and f.value <> '' and f.key = any($2::text[])
  group by f.key, left(f.value, 200)
) counted where place <= 10 order by feature, place
