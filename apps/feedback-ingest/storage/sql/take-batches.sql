with next as (
  select batch_id, sum(rows) over (order by batch_id) - rows as rows_before
  from feedback.unfolded_parts where part = $2 order by batch_id limit 200
)
delete from feedback.unfolded_parts u using next
where u.part = $2 and u.batch_id = next.batch_id and (next.rows_before = 0 or next.rows_before < $1)
returning u.batch_id, u.rows
