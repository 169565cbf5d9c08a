select judged_seq, prediction_id, model, version, generation, role, decision, action, probabilities, success, occurred_at
from feedback.judged_predictions where judged_seq > $1 order by judged_seq limit $2
