insert into feedback.imports (import_id, source, name, kind, model, actor, state, bytes_total, counts)
values ($1, $2, $3, $4, $5, $6, 'running', $7, $8)
