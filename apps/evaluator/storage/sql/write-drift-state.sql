insert into evaluation.drift_states (model, version, watermark, drifted) values ($1, $2, $3, $4)
on conflict (model) do update set version = excluded.version, watermark = excluded.watermark, drifted = excluded.drifted, updated_at = now()
