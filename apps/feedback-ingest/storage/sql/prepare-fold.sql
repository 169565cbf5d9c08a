-- Every row of a fold has its counterpart behind an index; a scan of years of data is never the better plan.
set local enable_seqscan = off;
set local enable_hashjoin = off;
set local enable_mergejoin = off;
-- Any fixed number: batches are folded one transaction at a time, so that a fold sees all folds before it.
select pg_advisory_xact_lock(20260102)
