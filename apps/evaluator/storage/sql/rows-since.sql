-- The newest rows after the watermark, at most $3; a sample is enough.
select features, action, occurred_at::text from feedback.training_rows
where model = $1 and occurred_at > $2 order by occurred_at desc limit $3
