insert into training.snapshots (model, hash, uri, rows, watermark, query, fingerprint)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict (model, hash) do update set fingerprint = coalesce(excluded.fingerprint, snapshots.fingerprint)
