-- Rows of the last training of each model that ended well.
select distinct on (model) model, rows::float8 as rows from training.run_overview
where state = 'done' and rows is not null order by model, finished_at desc
