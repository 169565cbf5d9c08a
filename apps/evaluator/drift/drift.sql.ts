/** Times are read and written as text, as a JavaScript date would cut off their microseconds. */

/** One evaluator at a time; the lock ends with the transaction. */
export const LOCK = `select pg_try_advisory_xact_lock(hashtext('ratchet evaluation drift')) as held`;

export const LIVE = 'select model, version, digest, live_since::text from registry.live_versions order by model';

export const READ_STATE = 'select version, watermark::text, drifted from evaluation.drift_states where model = $1';

/** The newest rows after the watermark, at most $3; a sample is enough. */
export const READ_ROWS = `
select features, action, occurred_at::text from feedback.training_rows
where model = $1 and occurred_at > $2 order by occurred_at desc limit $3`;

export const WRITE_STATE = `
insert into evaluation.drift_states (model, version, watermark, drifted) values ($1, $2, $3, $4)
on conflict (model) do update set version = excluded.version, watermark = excluded.watermark, drifted = excluded.drifted, updated_at = now()`;

export const WRITE_CHECK = `
insert into evaluation.drift_checks (model, version, rows, features, drifted, checked_at) values ($1, $2, $3, $4, $5, $6)`;

/** What the version's decisions looked like on its holdout. */
export const READ_DECILES = `
select live_references -> 'decision_deciles' as deciles from evaluation.evaluations
where digest = $1 and live_references is not null order by evaluated_at desc limit 1`;
