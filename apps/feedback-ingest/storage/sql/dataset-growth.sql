select model, max(rows)::float8 as rows,
  coalesce(max(new_rows) filter (where week = date_trunc('week', now() at time zone 'UTC')::date), 0)::float8 as this_week
from feedback.dataset_growth group by model
