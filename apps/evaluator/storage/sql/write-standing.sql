insert into evaluation.standings (model, version, degraded, numbers) values ($1, $2, $3, $4)
on conflict (model) do update set version = excluded.version, degraded = excluded.degraded, numbers = excluded.numbers
