select model, version, generation::float8 as generation, state from evaluation.watches
where (model, version) in (select * from unnest($1::text[], $2::text[]))
