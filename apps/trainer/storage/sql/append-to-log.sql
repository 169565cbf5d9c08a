-- The run counts its lines, which numbers them without gaps and keeps two writers from taking one number.
with run as (
  update training.runs set log_lines = log_lines + cardinality($6::text[]) where run_id = $1 returning run_id, log_lines
),
written as (
  insert into training.run_log (run_id, line, at, stage, progress, level, message)
  select run_id, log_lines - cardinality($6::text[]) + n, $2, $3, $4, level, message
  from run, unnest($5::text[], $6::text[]) with ordinality as lines (level, message, n)
)
delete from training.run_log l using run where l.run_id = run.run_id and l.line <= run.log_lines - $7
