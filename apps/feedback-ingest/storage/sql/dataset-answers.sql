select coalesce(action, label) as answer, count(*)::float8 as rows, count(*) filter (where success)::float8 as successes
from feedback.training_rows where model = $1 group by 1 order by 2 desc, 1
