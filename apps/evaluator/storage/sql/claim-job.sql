-- Held for as long as the transaction: when its evaluator dies, another one gets the job.
select evaluation_id, trained from evaluation.jobs order by queued_at, evaluation_id limit 1 for update skip locked
