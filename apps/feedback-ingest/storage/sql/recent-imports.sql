select import_id, source, name, kind, model, actor, state, bytes_read::float8 as bytes_read,
  bytes_total::float8 as bytes_total, counts, error, started_at, updated_at
from feedback.imports order by started_at desc limit $1
