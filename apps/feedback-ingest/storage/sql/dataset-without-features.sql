-- Rows that hold none of the fields that features are read from.
select count(*)::float8 as rows from feedback.training_rows where model = $1 and not features ?| $2::text[]
