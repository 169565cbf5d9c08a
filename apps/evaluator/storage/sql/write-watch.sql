insert into evaluation.watches (model, version, generation, state) values ($1, $2, $3, $4)
on conflict (model, version) do update set generation = excluded.generation, state = excluded.state, updated_at = now()
