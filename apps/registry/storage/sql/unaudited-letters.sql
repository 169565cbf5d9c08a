-- A decision whose process ended half way is taken as it is, when nothing has been added to it for a while.
select decision_id, decision, actor, why, asked, letters, ids, decided_at
from feedback.decided_letters d
where (complete or changed_at < now() - interval '15 minutes')
  and not exists (select from registry.audited_letters a where a.decision_id = d.decision_id)
order by decided_at
limit 100
