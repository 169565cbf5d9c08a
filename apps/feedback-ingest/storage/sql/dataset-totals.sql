select count(*) filter (where result is null and label is null)::float8 as waiting,
  count(*) filter (where (result is not null or label is not null) and time_source = 'received')::float8 as without_time
from feedback.tasks where model = $1
