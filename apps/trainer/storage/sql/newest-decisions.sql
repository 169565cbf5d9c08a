select prediction_id from feedback.training_rows
where model = $1 and prediction_id is not null and received_at < $2
order by received_at desc limit $3
