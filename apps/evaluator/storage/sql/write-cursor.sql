insert into evaluation.cursors (name, judged_seq) values ('judged-predictions', $1)
on conflict (name) do update set judged_seq = excluded.judged_seq, updated_at = now()
