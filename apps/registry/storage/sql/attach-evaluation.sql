-- A version keeps the verdict it has: another run that made the same package has one of its own. Only what could not be judged is judged again.
-- A version that has been live keeps its state: the verdict is about deploying it for the first time.
update registry.versions v
set evaluation_id = $3,
  state = case when state in ('registered', 'rejected') then $4 else state end
where model = $1 and version = $2 and not exists (
  select from registry.evaluations e where e.evaluation_id = v.evaluation_id and e.verdict <> 'error')
returning state
