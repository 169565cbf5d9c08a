-- The second query is a statement of its own: it sees what whoever held the lock before has committed. A join of both
-- would show the new state beside the old catalogue.
create or replace function registry.take(of_model text, out state jsonb, out catalogue json) language plpgsql as $$
begin
  select m.state into state from registry.models m where m.model = of_model for update;
  select coalesce(json_agg(json_build_object('version', v.version, 'digest', v.digest, 'artifact_uri', v.artifact_uri,
    'state', v.state, 'verdict', e.verdict)), '[]')
  into catalogue
  from registry.versions v
  left join registry.evaluations e on e.evaluation_id = v.evaluation_id
  where v.model = of_model;
end $$
