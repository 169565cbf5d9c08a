-- The snapshot of a dataset in this very state, if there is one.
select hash from training.snapshots where model = $1 and query = $2 and fingerprint = $3 order by created_at desc limit 1
