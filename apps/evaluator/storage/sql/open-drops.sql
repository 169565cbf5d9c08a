-- Of each model the open drop that began first, what is live now, and with how many rows a training was last asked for because of any of them.
select distinct on (d.model) d.model, d.episode_id, d.onset_at,
  (select live_version from evaluation.desired_states s where s.model = d.model order by generation desc limit 1) as version,
  (select max(t.rows) from evaluation.drop_trainings t join evaluation.accuracy_drops o using (episode_id)
   where o.model = d.model and o.open) as asked_at
from evaluation.accuracy_drops d
where d.open
order by d.model, d.onset_at, d.detected_at
