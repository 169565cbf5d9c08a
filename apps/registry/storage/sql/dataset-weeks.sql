select model, week::date::text as week, rows::float8 as rows, new_rows::float8 as new_rows
from feedback.dataset_growth
where model = $1 and week > now() - make_interval(days => $2)
order by week
