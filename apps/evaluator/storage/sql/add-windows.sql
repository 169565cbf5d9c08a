-- By the minute and by the hour.
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
    accuracy_windows.reference_sum, excluded.reference_sum)
