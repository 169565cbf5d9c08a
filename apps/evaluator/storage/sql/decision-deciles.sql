-- What the version's decisions looked like on its holdout.
select live_references -> 'decision_deciles' as deciles from evaluation.evaluations
where digest = $1 and live_references is not null order by evaluated_at desc limit 1
