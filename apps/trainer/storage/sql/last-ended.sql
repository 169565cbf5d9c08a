select distinct on (model) model, state = 'failed' as failed
from training.runs where state in ('done', 'failed') order by model, finished_at desc
