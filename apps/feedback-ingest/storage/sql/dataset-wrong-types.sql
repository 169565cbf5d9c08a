-- Values that are of another type than their feature, and in how many rows: of numbers $2 (a text that is one is none),
-- of booleans $3 and of texts $4. Which of them can be read all the same is said by who asks.
select f.key as feature, f.value, count(*)::float8 as rows
from feedback.training_rows r
cross join lateral jsonb_each(r.features) f
cross join lateral (select jsonb_typeof(f.value) as type, f.value #>> '{}' as text) v
where r.model = $1 and v.type <> 'null' and (
  (f.key = any($2::text[]) and v.type <> 'number'
    and not (v.type = 'string' and v.text ~ '^\s*([+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?)?\s*$'))
  or (f.key = any($3::text[]) and v.type <> 'boolean')
  or (f.key = any($4::text[]) and v.type in ('object', 'array')))
group by 1, 2 order by 3 desc, 1, 2 limit 5000
