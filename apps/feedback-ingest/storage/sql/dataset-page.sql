select task_id, action, label, result, features from feedback.training_rows
where model = $1 and task_id > $2 order by task_id limit $3
