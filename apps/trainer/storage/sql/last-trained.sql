select distinct on (model) model, rows::float8 as rows, extract(epoch from finished_at)::float8 as at
from training.runs where state = 'done' order by model, finished_at desc
