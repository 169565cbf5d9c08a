insert into evaluation.jobs (evaluation_id, model, trained)
select $1, $2, $3 where not exists (select 1 from evaluation.evaluations where evaluation_id = $1)
on conflict do nothing
