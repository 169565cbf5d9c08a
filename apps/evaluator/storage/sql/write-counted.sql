insert into evaluation.counted (prediction_id, judged_seq, window_start, correct, failed, agreed, reference)
select * from unnest($1::uuid[], $2::bigint[], $3::timestamptz[], $4::boolean[], $5::boolean[], $6::boolean[],
  $7::double precision[])
on conflict (prediction_id) do update set judged_seq = excluded.judged_seq, window_start = excluded.window_start,
  correct = excluded.correct, failed = excluded.failed, agreed = excluded.agreed, reference = excluded.reference
