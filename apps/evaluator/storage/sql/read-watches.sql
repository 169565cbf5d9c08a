select model, version, generation::int, state from evaluation.watches
where (model, version) in (select * from unnest($1::text[], $2::text[]))
