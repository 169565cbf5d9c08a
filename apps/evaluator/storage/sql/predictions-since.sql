-- What a version has answered since $3, the newest outcomes first. Read backwards from the newest of all models, and not for ever.
select judged_seq, prediction_id, model, version, generation, role, decision, action, probabilities, success, occurred_at
from (select * from feedback.judged_predictions order by judged_seq desc limit 20000) newest
where model = $1 and version = $2 and role <> 'shadow' and occurred_at >= $3
order by judged_seq desc limit 2000
