with next as (
  select batch_id, sum(rows) over (order by batch_id) - rows as rows_before
  from feedback.unfolded_batches order by batch_id limit 200
)
delete from feedback.unfolded_batches u using next
where u.batch_id = next.batch_id and (next.rows_before = 0 or next.rows_before < $1)
returning u.batch_id, u.rows
