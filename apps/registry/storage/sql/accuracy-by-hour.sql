select model, version, to_char(window_start at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as window_start,
  outcomes::float8 as outcomes, correct::float8 as correct, failures::float8 as failures, reference::float8 as reference
from evaluation.live_accuracy_hourly
where model = $1 and window_start > now() - make_interval(days => $2)
order by live_accuracy_hourly.window_start, version
