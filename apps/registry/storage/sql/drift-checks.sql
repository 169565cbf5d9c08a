select model, version, to_char(checked_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as checked_at, rows, features
from evaluation.drift_overview where model = $1 order by drift_overview.checked_at desc limit $2
