update feedback.imports set state = $2, bytes_read = $3, counts = $4, error = $5, updated_at = now()
where import_id = $1
