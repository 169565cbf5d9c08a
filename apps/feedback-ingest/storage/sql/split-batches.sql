-- Stored batches become parts, each of which is folded by itself. How many rows each has is a guess; together they have all.
with whole as (
  delete from feedback.unfolded_batches where batch_id in (
    select batch_id from feedback.unfolded_batches order by batch_id limit 200 for update skip locked
  )
  returning batch_id, rows, received_at
)
insert into feedback.unfolded_parts (batch_id, part, rows, received_at)
select batch_id, part, case part when 0 then rows - rows / 2 else rows / 2 end, received_at
from whole cross join generate_series(0, 1) part
