/** One evaluator at a time works on the stream; the lock ends with the transaction. */
export const LOCK = `select pg_try_advisory_xact_lock(hashtext('ratchet evaluation monitor')) as held`;

export const READ_CURSOR = `select judged_seq from evaluation.cursors where name = 'judged-predictions'`;

export const WRITE_CURSOR = `
insert into evaluation.cursors (name, judged_seq) values ('judged-predictions', $1)
on conflict (name) do update set judged_seq = excluded.judged_seq, updated_at = now()`;

export const READ_PREDICTIONS = `
select judged_seq, prediction_id, model, version, generation, role, decision, action, probabilities, success, occurred_at
from feedback.judged_predictions where judged_seq > $1 order by judged_seq limit $2`;

export const READ_COUNTED = `
select prediction_id, window_start, correct, failed, agreed, reference from evaluation.counted where prediction_id = any($1::uuid[])`;

export const WRITE_COUNTED = `
insert into evaluation.counted (prediction_id, judged_seq, window_start, correct, failed, agreed, reference)
select * from unnest($1::uuid[], $2::bigint[], $3::timestamptz[], $4::boolean[], $5::boolean[], $6::boolean[],
  $7::double precision[])
on conflict (prediction_id) do update set judged_seq = excluded.judged_seq, window_start = excluded.window_start,
  correct = excluded.correct, failed = excluded.failed, agreed = excluded.agreed, reference = excluded.reference`;

/** An outcome is corrected within days if at all; what is older than this many judgements is forgotten. */
export const FORGET_COUNTED = 'delete from evaluation.counted where judged_seq < $1';

export const READ_WATCHES = `
select model, version, generation::int, state from evaluation.watches
where (model, version) in (select * from unnest($1::text[], $2::text[]))`;

export const WRITE_WATCH = `
insert into evaluation.watches (model, version, generation, state) values ($1, $2, $3, $4)
on conflict (model, version) do update set generation = excluded.generation, state = excluded.state, updated_at = now()`;

/** By the minute and by the hour. */
export const ADD_WINDOWS = `
with added as (
  select * from unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::int[], $6::int[], $7::int[],
    $8::int[], $9::int[], $10::double precision[])
    as a (model, version, role, window_start, outcomes, correct, failures, agreed, agreed_failures, reference_sum)
),
hours as (
  insert into evaluation.accuracy_hours as h (model, version, role, window_start, outcomes, correct, failures, reference_sum)
  select model, version, role, date_trunc('hour', window_start, 'UTC'), sum(outcomes), sum(correct), sum(failures),
    sum(reference_sum)
  from added group by 1, 2, 3, 4
  on conflict (model, version, role, window_start) do update set
    outcomes = h.outcomes + excluded.outcomes, correct = h.correct + excluded.correct,
    failures = h.failures + excluded.failures,
    reference_sum = coalesce(h.reference_sum + excluded.reference_sum, h.reference_sum, excluded.reference_sum)
)
insert into evaluation.accuracy_windows (model, version, role, window_start, outcomes, correct, failures, agreed,
  agreed_failures, reference_sum)
select * from added
on conflict (model, version, role, window_start) do update set
  outcomes = accuracy_windows.outcomes + excluded.outcomes,
  correct = accuracy_windows.correct + excluded.correct,
  failures = accuracy_windows.failures + excluded.failures,
  agreed = accuracy_windows.agreed + excluded.agreed,
  agreed_failures = accuracy_windows.agreed_failures + excluded.agreed_failures,
  reference_sum = coalesce(accuracy_windows.reference_sum + excluded.reference_sum,
    accuracy_windows.reference_sum, excluded.reference_sum)`;

export const OPEN_EPISODE = `
insert into evaluation.episodes (episode_id, model, version, generation, reference, live, interval_low, interval_high,
  outcomes, onset_at, detected_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`;

export const CLOSE_EPISODES = `
update evaluation.episodes set closed_at = $3 where model = $1 and version = $2 and closed_at is null`;
