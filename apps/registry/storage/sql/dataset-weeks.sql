select model, week::date::text as week, rows::float8 as rows, new_rows::float8 as new_rows
from feedback.dataset_growth
where model = $1
  -- The last one is how many rows there are, however long ago it was.
  and (week > now() - make_interval(days => $2) or week = (select max(week) from feedback.dataset_growth where model = $1))
order by week
